using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Interop;

namespace NetGuard.Xtables;

/// <summary>
/// What the chains of iptables-legacy hold, told by the kernel itself without a process: getsockopt(IPT_SO_GET_ENTRIES), CAP_NET_ADMIN.
/// Its lock tells that a tool has run; this, whether it changed anything.
/// </summary>
public static class LegacyChains
{
    private const int GetInfo = 64; // IPT_SO_GET_INFO, IP6T_SO_GET_INFO
    private const int GetEntries = 65;
    private const int Ipv4Level = 0; // SOL_IP
    private const int Ipv6Level = 41; // SOL_IPV6
    private const int Inet = 2;
    private const int Inet6 = 10;
    private const int Datagram = 2;
    private const int NameLength = 32;
    private const int InfoLength = 84; // struct ipt_getinfo
    private const int EntriesNumber = 11;
    private const int SizeNumber = 12;
    private const int EntriesOffset = 40; // struct ipt_get_entries, whose entries are aligned to 8

    /// <summary>Reads all chains of a family; empty where it has no tables, null where the kernel does not say.</summary>
    public static IReadOnlyDictionary<ChainKey, LegacyChain>? Read(Family family)
    {
        var chains = new Dictionary<ChainKey, LegacyChain>();
        return TryEach(family, (socket, table) => TryRead(socket, family, table, chains)) ? chains : null;
    }

    /// <summary>Reads how a family's tables are laid out: some microseconds, however many rules there are. Null where the kernel does not say.</summary>
    public static LegacyLayout? ReadLayout(Family family)
    {
        var (entries, text) = (0, new StringBuilder());
        return TryEach(family, (socket, table) =>
        {
            Span<byte> info = stackalloc byte[InfoLength];
            if (!TryInfo(socket, family, table, info))
            {
                return false;
            }

            entries += (int)Numbers(info)[EntriesNumber];
            text.Append(Convert.ToHexString(info));
            return true;
        }) ? new(entries, text.ToString()) : null;
    }

    private static bool TryEach(Family family, Func<SafeFileHandle, TableName, bool> read)
    {
        string[] tables;
        try
        {
            // Asking for a table that is not there would make it.
            tables = File.ReadAllLines($"/proc/thread-self/net/{(family == Family.Ipv4 ? "ip" : "ip6")}_tables_names");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        if (tables.Length == 0)
        {
            return true;
        }

        var descriptor = Libc.Socket(family == Family.Ipv4 ? Inet : Inet6, Datagram | Libc.SockCloexec, 0);
        if (descriptor < 0)
        {
            return false;
        }

        using var socket = new SafeFileHandle(descriptor, ownsHandle: true);
        return tables.All(name => !TableName.TryParse(name, out var table) || read(socket, table));
    }

    private static bool TryInfo(SafeFileHandle socket, Family family, TableName table, Span<byte> info)
    {
        info.Clear();
        Encoding.ASCII.GetBytes(table.Value, info);
        var length = (uint)InfoLength;
        return Libc.GetSocketOption(socket, Level(family), GetInfo, info, ref length) == 0;
    }

    // valid_hooks, hook_entry[5], underflow[5], num_entries, size
    private static Span<uint> Numbers(Span<byte> info) => MemoryMarshal.Cast<byte, uint>(info[NameLength..]);

    private static int Level(Family family) => family == Family.Ipv4 ? Ipv4Level : Ipv6Level;

    private static unsafe bool TryRead(SafeFileHandle socket, Family family, TableName table, Dictionary<ChainKey, LegacyChain> chains)
    {
        Span<byte> info = stackalloc byte[InfoLength];

        // Between the two questions the table may change its size: EAGAIN.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            if (!TryInfo(socket, family, table, info))
            {
                return false;
            }

            var numbers = Numbers(info);
            var size = (int)numbers[SizeNumber];

            // Some megabytes for a moment: not for the collector to find. Zeros, since the kernel leaves out what an extension keeps for itself.
            var buffer = NativeMemory.AllocZeroed((nuint)(EntriesOffset + size));
            try
            {
                var all = new Span<byte>(buffer, EntriesOffset + size);
                info[..NameLength].CopyTo(all);
                MemoryMarshal.Write(all[NameLength..], size);
                var length = (uint)all.Length;
                if (Libc.GetSocketOption(socket, Level(family), GetEntries, all, ref length) == 0)
                {
                    return LegacyTable.TryRead(family, table, numbers[0], numbers.Slice(1, 5), all[EntriesOffset..], chains);
                }
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }

        return false;
    }
}
