using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetGuard.Core.Docker;

/// <summary>
/// Takes what the engine says for what it should be, or for nothing. Whoever may name a container may put anything into a name or a label, and
/// what listens on the socket may be anybody.
/// </summary>
public static class EngineText
{
    /// <summary>How long a name may be in a rule's comment, which holds two of them.</summary>
    public const int MaxName = 80;

    // IFNAMSIZ (16) less the closing zero: linux/if.h.
    private const int MaxInterface = 15;

    /// <summary>A name as it may stand in a comment and in the log.</summary>
    public static string Name(string text)
    {
        var name = new StringBuilder(Math.Min(text.Length, MaxName));
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxName)))
        {
            name.Append(IsPlain(c) ? c : '?');
        }

        return name.ToString();
    }

    /// <summary>Whether a text is the name of an interface that can stand in a rule.</summary>
    public static bool IsInterface(string? text) =>
        text is { Length: > 0 and <= MaxInterface } && text is not ("." or "..") && text[0] != '-' && text.All(IsPlain);

    /// <summary>An address in the form in which iptables prints it; null where the text is none that a container can have.</summary>
    public static string? Address(string? text, AddressFamily family) =>
        text is { Length: > 0 and < 64 } && !text.AsSpan().ContainsAny('%', '[') && IPAddress.TryParse(text, out var address) && address.AddressFamily == family
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? address.ToString() : null;

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-';
}
