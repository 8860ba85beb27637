using CsCheck;
using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Core.Tests.Config;

/// <summary>Random valid configurations.</summary>
internal static class ConfigGen
{
    private static readonly SourceLocation Nowhere = new("", 0, 0);

    private static readonly Gen<string> RuleText = Gen.OneOf(
            "-i eth0", "! -o docker0", "-p tcp", "-m conntrack --ctstate NEW", "-m comment --comment \"it's: # \\\"x\\\" {ü}\"", "--dport 80", "-m comment --comment -A")
        .Array[0, 4]
        .Select(Gen.OneOf("-j DROP", "-g OTHER", "-j LOG --log-prefix \"a \""), (matches, target) => string.Join(' ', matches.Append(target)));

    private static readonly Gen<(string Name, string Text, bool IsTop, Family? Family)> Rule =
        Gen.Select(Gen.Char["abcdefghijk.-_XYZ019"].Array[1, 12].Select(c => "n" + new string(c)), RuleText, Gen.Bool, Gen.OneOf<Family?>(null, Family.Ipv4));

    private static readonly Gen<ChainConfig> Chain = Gen.Select(
        Gen.OneOf("FORWARD", "DOCKER-USER", "nat/DOCKER", "raw/PREROUTING", "mangle/X", "a.b", "X@1"),
        Gen.Bool,
        Gen.OneOf<Family?>(null, Family.Ipv4),
        Gen.Bool,
        Rule.Array[0, 6],
        Make);

    public static Gen<GuardConfig> Config { get; } = Gen.Select(
        Gen.Bool,
        Gen.Int[1000, 86_400_000],
        Gen.OneOf<Backend?>(null, Backend.Nft, Backend.Legacy),
        Gen.Bool,
        Gen.Select(Gen.OneOf("net.ipv4.ip_forward", "net.core.somaxconn", "net.ipv4.conf.eth0/1.forwarding"), Gen.Int[0, 9]).Array[0, 4],
        Chain.Array[0, 5],
        (isAudit, interval, backend, isIpv4Only, sysctls, chains) => new GuardConfig
        {
            Mode = isAudit ? GuardMode.Audit : GuardMode.Enforce,
            Interval = TimeSpan.FromMilliseconds(interval),
            Backend = backend,
            Families = isIpv4Only ? [Family.Ipv4] : [Family.Ipv4, Family.Ipv6],
            Sysctls = sysctls.DistinctBy(s => s.Item1).Select(s => new SysctlConfig(SysctlKey.Parse(s.Item1), $"{s.Item2}", Nowhere)).ToValueList(),
            Chains = chains.DistinctBy(c => c.Key).ToValueList(),
        });

    private static ChainConfig Make(string key, bool isExclusive, Family? family, bool hasPolicy, (string Name, string Text, bool IsTop, Family? Family)[] rules)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var table = TableName.All.Single(t => t.Value == (slash < 0 ? "filter" : key[..slash]));
        var chain = new ChainKey(table, new(key[(slash + 1)..]));
        return new(chain, Nowhere)
        {
            Exclusive = isExclusive,
            Family = family,
            Policies = hasPolicy && chain.IsBuiltin ? [new(Family.Ipv4, ChainPolicy.Drop, Nowhere)] : [],
            Rules = rules.DistinctBy(r => r.Name)
                .Select(r => new RuleConfig(r.Text, Nowhere) { Name = r.Name, Position = r.IsTop ? RulePosition.Top : RulePosition.Bottom, Family = r.Family })
                .ToValueList(),
        };
    }
}
