using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>
/// A rule with blanks to fill in. The host's own tools are asked once for the kernel's form of it, with stand-ins in the blanks; filled in,
/// that is the kernel's form of each rule of this shape, without asking again whenever a container starts.
/// </summary>
/// <param name="Text">Its arguments, with the stand-ins.</param>
internal sealed record RuleShape(string Text)
{
    public const string In = "ng-shape-in";
    public const string Out = "ng-shape-out";
    public const string Port = "61001";

    private static readonly string[] Ipv4 = ["192.0.2.1/32", "192.0.2.2/32"];
    private static readonly string[] Ipv6 = ["2001:db8::1/128", "2001:db8::2/128"];

    /// <summary>The rule to ask the tools about, with a family's stand-ins for addresses.</summary>
    public RuleDraft Draft(ChainKey chain, Family family, SourceLocation at)
    {
        var text = Text.Replace("{source}", Source(family), StringComparison.Ordinal).Replace("{destination}", Destination(family), StringComparison.Ordinal)
            .Replace("{in}", In, StringComparison.Ordinal).Replace("{out}", Out, StringComparison.Ordinal).Replace("{port}", Port, StringComparison.Ordinal);
        return new(chain, new(text, at) { Name = $"shape of {chain}: {Text}", Family = family });
    }

    public static string Source(Family family) => (family == Family.Ipv4 ? Ipv4 : Ipv6)[0];

    public static string Destination(Family family) => (family == Family.Ipv4 ? Ipv4 : Ipv6)[1];
}

/// <summary>What stands in the blanks of a shape.</summary>
internal readonly record struct RuleBlanks(string In, string Out = "", string Source = "", string Destination = "", string Port = "");
