using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetGuard.Core.Config.Rules;
using NetGuard.Core.State;

namespace NetGuard.Core.Config.Docker;

/// <summary>Reads an address, or a network with its prefix.</summary>
internal static class NetworkAddressText
{
    /// <summary>What is wrong with it, or null; the address in the form in which iptables prints it.</summary>
    public static string? Read(string text, out NetworkAddress address)
    {
        address = new(Family.Ipv4, "");
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (text.Contains(',', StringComparison.Ordinal))
        {
            return $"{Printed.Quoted(text)} is several addresses (write each as an item of its own)";
        }

        if (RuleAddress.Read(text, out _) is { } fault)
        {
            return fault;
        }

        var written = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(written, out var ip) || (ip.AddressFamily == AddressFamily.InterNetwork && written.Count(c => c == '.') != 3))
        {
            return $"{Printed.Quoted(text)} is no address (expected one such as 10.0.0.1 or 10.0.0.0/8)";
        }

        var bits = ip.GetAddressBytes().Length * 8;
        var prefix = bits;
        if (slash >= 0 && !(int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) && prefix <= bits))
        {
            return $"{Printed.Quoted(text)} has no prefix that is a number (expected a mask of /0 to /{bits})";
        }

        var masked = Masked(ip, prefix);
        if (!masked.Equals(ip))
        {
            return $"{Printed.Quoted(text)} has bits behind its prefix (did you mean '{masked}/{prefix}', or '{ip}' alone)";
        }

        address = new(ip.AddressFamily == AddressFamily.InterNetwork ? Family.Ipv4 : Family.Ipv6, string.Create(CultureInfo.InvariantCulture, $"{ip}/{prefix}"));
        return null;
    }

    private static IPAddress Masked(IPAddress ip, int prefix)
    {
        var bytes = ip.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - i * 8, 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new(bytes);
    }
}
