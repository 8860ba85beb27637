using System.Text;

namespace NetGuard.Core.Config.Rules;

/// <summary>What a rule's text must be before it is worth taking apart.</summary>
internal static class RuleLimits
{
    /// <summary>iptables-restore reads lines of up to 10240 bytes (iptables/iptables-restore.c); the tag needs room too.</summary>
    public const int MaxBytes = 8192;

    /// <summary>MAX_ARGC is 255 in iptables/xshared.h.</summary>
    public const int MaxWords = 200;

    /// <summary>iptables-restore takes words of up to 1023 bytes (struct xt_param_buf in iptables/xshared.h).</summary>
    public const int MaxWordBytes = 1000;

    /// <summary>The first fault, or null.</summary>
    public static RuleFault? Fault(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return new(0, "an empty rule (expected iptables arguments, such as '-i eth0 -j DROP')");
        }

        if (Printed.Unprintable(text) is var at and >= 0)
        {
            return new(at, text[at] switch
            {
                '\t' => "a tab in a rule (write spaces)",
                '\n' or '\r' => "a line break in a rule (a rule is one line; in YAML write '>-' instead of '|' or '>')",
                var c => $"the character U+{(int)c:X4} in a rule",
            });
        }

        return text[0] is '*' or ':' or '#'
            ? new(0, $"a rule cannot begin with '{text[0]}' (expected an option such as -i or -p)")
            : TooLong(text);
    }

    /// <summary>Whether a text, as it was written or as it is handed on, is too long for one line of iptables-restore.</summary>
    public static RuleFault? TooLong(string text) =>
        Encoding.UTF8.GetByteCount(text) is > MaxBytes and var bytes ? new(0, $"the rule is {bytes} bytes long (at most {MaxBytes})") : null;
}
