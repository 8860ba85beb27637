using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>What NetGuard changed in the kernel settings, to be taken back later.</summary>
/// <param name="Before">The values that were there.</param>
/// <param name="After">The values that NetGuard had made of them.</param>
public sealed record SysctlUndo(IReadOnlyDictionary<SysctlKey, string> Before, IReadOnlyDictionary<SysctlKey, string> After)
{
    /// <summary>All settings that writing the given ones may change: themselves, and what the kernel overwrites with them.</summary>
    /// <param name="declared">What may be written.</param>
    /// <param name="interfaces">The interfaces there are, <c>all</c> and <c>default</c> among them.</param>
    public static IEnumerable<SysctlKey> Scope(IEnumerable<SysctlKey> declared, IReadOnlyCollection<string> interfaces) =>
        declared.SelectMany(key => SysctlCoupling.Names(key).Concat(Neighbours(key, interfaces).Where(other => SysctlCoupling.Overwrites(key, other)))).Distinct();

    /// <summary>Reads settings; those that are not there, or cannot be read, are left out.</summary>
    public static Dictionary<SysctlKey, string> Read(ISysctls sysctls, IEnumerable<SysctlKey> keys) =>
        keys.Select(key => KeyValuePair.Create(key, sysctls.Read(key).Value)).Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Key, pair => SysctlValue.Normalise(pair.Value!));

    /// <summary>What should hold so that the changes are taken back: the former values, where the values are still NetGuard's; and what
    /// the kernel would overwrite with them, as it is.</summary>
    /// <param name="live">The values now.</param>
    public ValueList<SysctlConfig> DesiredFor(IReadOnlyDictionary<SysctlKey, string> live)
    {
        var back = Before.Where(was => After.TryGetValue(was.Key, out var after) && after != was.Value && live.GetValueOrDefault(was.Key) == after).ToList();
        var kept = live.Where(now => back.All(b => b.Key != now.Key) && back.Any(b => SysctlCoupling.Overwrites(b.Key, now.Key)));
        return back.Concat(kept).Select(pair => new SysctlConfig(pair.Key, pair.Value, new("", 0, 0))).ToValueList();
    }

    private static IEnumerable<SysctlKey> Neighbours(SysctlKey key, IReadOnlyCollection<string> interfaces) =>
        SysctlCoupling.Usual(key) == SysctlKey.Ipv4Forwarding
            ? interfaces.Select(name => SysctlKey.InterfaceForwarding(Family.Ipv4, name)).Append(SysctlKey.Parse("net.ipv4.conf.all.accept_redirects"))
            : InterfaceSysctl.Of(key) is { } at ? interfaces.Select(name => (at with { Interface = name }).Key) : [];
}
