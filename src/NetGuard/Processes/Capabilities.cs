using System.Globalization;

namespace NetGuard.Processes;

/// <summary>What this process may do: capabilities(7).</summary>
public static class Capabilities
{
    /// <summary>CAP_NET_ADMIN: change the firewall and /proc/sys/net.</summary>
    public const int NetAdmin = 12;

    /// <summary>CAP_NET_RAW: what iptables-legacy needs besides.</summary>
    public const int NetRaw = 13;

    /// <summary>CAP_SYS_ADMIN: make namespaces.</summary>
    public const int SysAdmin = 21;

    private static readonly ulong Effective = Read();

    /// <summary>Whether the process has a capability now.</summary>
    public static bool Has(int capability) => (Effective >> capability & 1) == 1;

    private static ulong Read()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal))
            {
                return ulong.Parse(line.AsSpan("CapEff:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }
}
