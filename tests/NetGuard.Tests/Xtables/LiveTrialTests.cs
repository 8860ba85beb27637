using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Xtables;

/// <summary>Hosts that refuse namespaces: a user namespace whose owner may make no other.</summary>
public class LiveTrialTests
{
    private const string Rules = """
        families: [ipv4]
        chains:
          MINE:
            rules:
              - -p tcp --dport http -m set --match-set guests src,dst -g OTHER
              - -m set --match-set guests dst -j SET --add-set seen src
          OTHER:
            rules: [ -j RETURN ]
          FORWARD:
            rules:
              - -s 10.0.0.0/8,192.168.0.0/16 -j MINE
              - -m comment --comment 'MINE guests' -j LOG --log-prefix 'guests '
        """;

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task RulesGetTheSameFormAsInANamespaceAndNothingOfTheTrialStays(Backend backend)
    {
        using var files = new ConfigDir();
        var config = files.Write("netguard.yaml", $"backend: {backend.Name()}\n{Rules}");
        var sets = "ipset create guests hash:ip; ipset create seen hash:ip";
        var apply = $"{NetguardBinary.Path} apply --config {config} > /dev/null";
        var save = $"iptables-{backend.Name()}-save; ipset list -n";
        var ordinary = await Inside($"{sets}; {apply} && {save}");
        var refused = await Inside($"{NoMoreNamespaces}; unshare -n true 2> /dev/null && exit 9; {sets}; {apply} && {save}");
        Assert.Equal(Bare(ordinary), Bare(refused));
        Assert.Contains("-p tcp -m tcp --dport 80 -m set --match-set guests src,dst -m comment --comment \"netguard:r-", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task ARefusedRuleIsNamedAndLeavesNothingBehind(Backend backend)
    {
        using var files = new ConfigDir();
        var config = files.Write("netguard.yaml", $"backend: {backend.Name()}\nchains:\n  MINE:\n    rules:\n      - -j ACCEPT\n      - -m nosuch -j DROP\n");
        var said = await Inside($"{NoMoreNamespaces}; {NetguardBinary.Path} check --config {config} 2>&1; echo $?; iptables-{backend.Name()}-save");
        Assert.Contains($"{config}:6:9: iptables refuses this rule for MINE: Couldn't load match `nosuch'", said, StringComparison.Ordinal);
        Assert.DoesNotContain("NETGUARD-SCRATCH", said, StringComparison.Ordinal);
    }

    private const string NoMoreNamespaces = "echo 0 > /proc/sys/user/max_net_namespaces; echo 0 > /proc/sys/user/max_user_namespaces";

    private static async Task<string> Inside(string script) =>
        (await Programs.Run("unshare", ["--user", "--map-root-user", "--net", "--", "sh", "-c", script])).Succeeded().Output;

    private static string Bare(string save) => string.Join('\n', save.Split('\n').Where(line => !line.StartsWith('#')));
}
