using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetGuard.Benchmarks;

/// <summary>
/// iptables-legacy tells of nothing. Its table is asked over and over, in this process, how many rules there are (IPT_SO_GET_INFO, a few
/// microseconds): a break and its end are seen 0.1 ms late. One that was over before it was seen has no length, and is not counted.
/// </summary>
internal sealed class LegacyWitness : IWitness
{
    private const int Level = 0; // SOL_IP
    private const int GetInfo = 64; // IPT_SO_GET_INFO
    private const int InfoLength = 84; // struct ipt_getinfo
    private const int NumberOfEntries = 32 + 11 * sizeof(uint); // behind the name, valid_hooks, five hook_entry, five underflow
    private static readonly TimeSpan Slice = TimeSpan.FromMicroseconds(50);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _info = new byte[InfoLength];

    public Breakage Watch(Action doBreak, Func<bool> isDone)
    {
        var whole = Entries();
        var start = Stopwatch.GetTimestamp();
        long broken = 0, mended = 0;
        doBreak();
        while (mended == 0 || !isDone())
        {
            var isWhole = Entries() == whole;
            var now = Stopwatch.GetTimestamp();
            if (!isWhole)
            {
                (broken, mended) = (broken == 0 ? now : broken, 0);
            }
            else if (broken != 0 && mended == 0)
            {
                mended = now;
            }

            // This thread, too, has to wait for a processor now and then.
            if (broken == 0 && isWhole && isDone())
            {
                return new(double.NaN, 0);
            }

            Patience.Check(start, $"the table was {(broken == 0 ? "not broken" : "not mended")}");
            Clock.Sleep(Slice);
        }

        return new(Stopwatch.GetElapsedTime(broken, mended).TotalMilliseconds, 0);
    }

    public void Dispose() => _socket.Dispose();

    private uint Entries()
    {
        _info.AsSpan().Clear();
        "filter"u8.CopyTo(_info);
        _socket.GetRawSocketOption(Level, GetInfo, _info);
        return MemoryMarshal.Read<uint>(_info.AsSpan(NumberOfEntries));
    }
}
