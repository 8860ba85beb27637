using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Calls of ipset(8).</summary>
internal static class IpsetTool
{
    /// <summary>Makes empty sets.</summary>
    /// <exception cref="XtablesException">ipset is not installed.</exception>
    public static Command Create(IReadOnlyDictionary<string, Family> sets) =>
        Restore(sets.Select(set => $"create {set.Key} hash:ip family {(set.Value == Family.Ipv4 ? "inet" : "inet6")} -exist"));

    /// <summary>Lists the sets without what is in them.</summary>
    /// <exception cref="XtablesException">ipset is not installed.</exception>
    public static Command List() => new(Tool(), ["list", "-terse"]);

    /// <summary>Takes sets away.</summary>
    /// <exception cref="XtablesException">ipset is not installed.</exception>
    public static Command Destroy(IEnumerable<string> sets) => Restore(sets.Select(set => $"destroy {set}"));

    private static Command Restore(IEnumerable<string> lines) =>
        new(Tool(), ["restore"]) { Input = string.Concat(lines.Select(line => line + "\n")) };

    private static string Tool() =>
        Launcher.Find("ipset") ?? throw new XtablesException("a rule names an ipset, and ipset is not installed: install the package ipset");
}
