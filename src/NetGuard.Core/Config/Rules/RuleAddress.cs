using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetGuard.Core.State;

namespace NetGuard.Core.Config.Rules;

/// <summary>Reads what stands behind <c>-s</c> and <c>-d</c>: an address, or a network with its mask.</summary>
internal static class RuleAddress
{
    /// <summary>What is wrong with an address or with one of several behind commas, or null; and the family where that can be seen.</summary>
    /// <remarks>iptables makes a rule of each address in a list; all of them are then guarded under the one name.</remarks>
    public static string? Read(string text, out Family? family)
    {
        family = null;
        foreach (var one in text.Split(','))
        {
            if (ReadOne(one, out var of) is { } fault)
            {
                return fault;
            }

            if (family is not null && family != of)
            {
                return $"{Printed.Quoted(text)} mixes IPv4 and IPv6 addresses (write a rule for each family)";
            }

            family = of;
        }

        return null;
    }

    private static string? ReadOne(string text, out Family? family)
    {
        family = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (address, mask) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        if (address.Contains(':', StringComparison.Ordinal))
        {
            family = Family.Ipv6;
            return Ipv6(address) && (mask is null || Ipv6(mask) || IsPrefix(mask, 128))
                ? null
                : Wrong(text, "IPv6", IsAnyNumber(mask) && Ipv6(address) ? "a mask of /0 to /128" : "one such as 2001:db8::1 or 2001:db8::/32");
        }

        if (address.Length > 0 && address.All(c => char.IsAsciiDigit(c) || c == '.'))
        {
            family = Family.Ipv4;
            return Ipv4(address, 1) && (mask is null || Ipv4(mask, 4) || IsPrefix(mask, 32))
                ? null
                : Wrong(text, "IPv4", IsAnyNumber(mask) && Ipv4(address, 1) ? "a mask of /0 to /32" : "one such as 10.0.0.1 or 10.0.0.0/8");
        }

        return text == "!"
            ? "the '!' stands behind its option (write '! -s 10.0.0.0/8')"
            : $"{Printed.Quoted(text)} is no address (addresses only: a name is resolved once, when the rule is loaded)";
    }

    private static string Wrong(string text, string family, string expected) =>
        $"{Printed.Quoted(text)} is no {family} address (expected {expected})";

    private static bool Ipv6(string text) =>
        !text.AsSpan().ContainsAny('%', '[') && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>iptables completes <c>10/8</c> with zeros, and reads a leading zero as octal: the first is taken, the second not.</summary>
    private static bool Ipv4(string text, int minParts) =>
        text.Split('.') is { Length: <= 4 } parts && parts.Length >= minParts
        && parts.All(p => p.Length is >= 1 and <= 3 && (p.Length == 1 || p[0] != '0') && IsPrefix(p, 255));

    private static bool IsAnyNumber(string? text) => text is { Length: > 0 } && text.All(char.IsAsciiDigit);

    private static bool IsPrefix(string text, int max) =>
        IsAnyNumber(text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits <= max;
}
