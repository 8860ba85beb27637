using System.Buffers;
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
    private const int EntriesOffset = 40; // struct ipt_get_entries, whose entries are aligned to 8

    /// <summary>Reads all chains of a family; empty where it has no tables, null where the kernel does not say.</summary>
    public static IReadOnlyDictionary<ChainKey, LegacyChain>? Read(Family family)
    {
        var chains = new Dictionary<ChainKey, LegacyChain>();
        string[] tables;
        try
        {
            // Asking for a table that is not there would make it.
            tables = File.ReadAllLines($"/proc/thread-self/net/{(family == Family.Ipv4 ? "ip" : "ip6")}_tables_names");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return chains;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (tables.Length == 0)
        {
            return chains;
        }

        var descriptor = Libc.Socket(family == Family.Ipv4 ? Inet : Inet6, Datagram | Libc.SockCloexec, 0);
        if (descriptor < 0)
        {
            return null;
        }

        using var socket = new SafeFileHandle(descriptor, ownsHandle: true);
        return tables.All(name => !TableName.TryParse(name, out var table) || TryRead(socket, family, table, chains)) ? chains : null;
    }

    private static bool TryRead(SafeFileHandle socket, Family family, TableName table, Dictionary<ChainKey, LegacyChain> chains)
    {
        var level = family == Family.Ipv4 ? Ipv4Level : Ipv6Level;
        Span<byte> info = stackalloc byte[InfoLength];

        // Between the two questions the table may change its size: EAGAIN.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            info.Clear();
            Encoding.ASCII.GetBytes(table.Value, info);
            var length = (uint)InfoLength;
            if (Libc.GetSocketOption(socket, level, GetInfo, info, ref length) != 0)
            {
                return false;
            }

            var numbers = MemoryMarshal.Cast<byte, uint>(info[NameLength..]);
            var size = (int)numbers[12];
            var buffer = ArrayPool<byte>.Shared.Rent(EntriesOffset + size);
            try
            {
                var all = buffer.AsSpan(0, EntriesOffset + size);
                all.Clear();
                info[..NameLength].CopyTo(all);
                MemoryMarshal.Write(all[NameLength..], size);
                length = (uint)all.Length;
                if (Libc.GetSocketOption(socket, level, GetEntries, all, ref length) == 0)
                {
                    return LegacyTable.TryRead(family, table, numbers[0], numbers.Slice(1, 5), all[EntriesOffset..], chains);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return false;
    }
}
