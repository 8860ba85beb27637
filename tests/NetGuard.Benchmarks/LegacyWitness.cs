using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetGuard.Benchmarks;

/// <summary>
/// iptables-legacy tells of nothing. Its table is asked over and over, in this process: how many rules there are (IPT_SO_GET_INFO, a few
/// microseconds), or what FORWARD's policy is, for which the kernel gives all of the table (IPT_SO_GET_ENTRIES). So a break is timed up to
/// one such question late: 0.1 ms for rules, twice the time of a reading for the policy.
/// </summary>
internal sealed class LegacyWitness(bool policy) : IWitness
{
    private const int Level = 0; // SOL_IP
    private const int GetInfo = 64; // IPT_SO_GET_INFO
    private const int GetEntries = 65; // IPT_SO_GET_ENTRIES
    private const int InfoLength = 84; // struct ipt_getinfo
    private const int NameLength = 32;
    private const int EntriesOffset = 40; // struct ipt_get_entries
    private const int ForwardUnderflow = 8; // behind valid_hooks and five hook_entry: underflow[NF_INET_FORWARD]
    private const int NumberOfEntries = 11;
    private const int Size = 12;
    private const int VerdictOffset = 112 + 32; // struct ipt_entry, struct xt_entry_target
    private static readonly TimeSpan Slice = TimeSpan.FromMicroseconds(50);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _info = new byte[InfoLength];
    private byte[] _entries = [];

    public Breakage Watch(Action doBreak, Func<bool> isDone)
    {
        var whole = Ask();
        var start = Stopwatch.GetTimestamp();
        long broken = 0, mended = 0;
        doBreak();
        while (mended == 0 || !isDone())
        {
            var asked = Stopwatch.GetTimestamp();
            var state = Ask();
            var now = Stopwatch.GetTimestamp();
            if (state != whole)
            {
                (broken, mended) = (broken == 0 ? now : broken, 0);
            }
            else if (broken != 0 && mended == 0)
            {
                mended = now;
            }

            Patience.Check(start, $"the table was {(broken == 0 ? "not broken" : "not mended")}");
            Clock.Sleep(Stopwatch.GetElapsedTime(asked, now) is var took && took > Slice ? took : Slice);
        }

        return new(Stopwatch.GetElapsedTime(broken, mended).TotalMilliseconds, 0);
    }

    public void Dispose() => _socket.Dispose();

    private uint Ask()
    {
        while (true)
        {
            var numbers = Info();
            if (!policy)
            {
                return numbers[NumberOfEntries];
            }

            var length = EntriesOffset + (int)numbers[Size];
            if (_entries.Length != length)
            {
                _entries = new byte[length];
            }

            _info.AsSpan(0, NameLength).CopyTo(_entries);
            MemoryMarshal.Write(_entries.AsSpan(NameLength), numbers[Size]);
            try
            {
                _socket.GetRawSocketOption(Level, GetEntries, _entries);
            }
            catch (SocketException)
            {
                continue; // It has another size by now.
            }

            return BinaryPrimitives.ReadUInt32LittleEndian(_entries.AsSpan(EntriesOffset + (int)numbers[ForwardUnderflow] + VerdictOffset));
        }
    }

    private Span<uint> Info()
    {
        _info.AsSpan().Clear();
        "filter"u8.CopyTo(_info);
        _socket.GetRawSocketOption(Level, GetInfo, _info);
        return MemoryMarshal.Cast<byte, uint>(_info.AsSpan(NameLength));
    }
}
