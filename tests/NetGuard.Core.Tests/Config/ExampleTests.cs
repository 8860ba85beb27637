using System.Text.RegularExpressions;
using NetGuard.Core.Config;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public partial class ExampleTests
{
    private static readonly string Example = Packaging.Read("examples/netguard.yaml");

    [Fact]
    public void TheExampleHasNoMistakes()
    {
        var config = ConfigText.Config(Example);
        Assert.Equal(["only-8.8.8.8"], config.Chains.Single(c => c.Key == ChainKey.DockerUser).Rules.Skip(1).Select(r => r.Name));
        Assert.Equal(2, config.Chains.Single(c => c.Key == ChainKey.Forward).Policies.Count);
        Assert.Equal(GuardMode.Enforce, config.Mode);
    }

    [Fact]
    public void TheExampleShowsEveryKey()
    {
        foreach (var key in ConfigKeys.Root.Concat(ConfigKeys.Forwarding).Concat(ConfigKeys.Chain).Concat(ConfigKeys.Rule).Concat(ConfigKeys.Docker)
            .Concat(ConfigKeys.DockerNetwork).Concat(ConfigKeys.DockerLink).Concat(ConfigKeys.DockerPublished).Concat(ConfigKeys.Metrics))
        {
            Assert.Matches($@"(?m)^[ #-]*(\{{ |\w+: \{{ |[^#]*, )?{key}:", Example);
        }
    }

    [Fact]
    public void WhatIsCommentedOutInTheExampleIsValidToo()
    {
        // Prose is "# text"; what can be switched on has no blank, or two, behind its '#'.
        var all = CommentedOut().Replace(Example, "$1$2").Replace(": {}\n", ":\n", StringComparison.Ordinal);
        var config = ConfigText.Config(new Regex("MY-CHAIN").Replace(all, "OTHER-CHAIN", 1));
        Assert.Equal(
            ["FORWARD", "DOCKER-USER", "OTHER-CHAIN", "MY-CHAIN", "raw/PREROUTING", "nat/POSTROUTING"],
            config.Chains.Select(c => c.Key.ToString()));
        Assert.Equal(8, config.Sysctls.Count);
        Assert.Equal((2, 1, true), (config.Docker!.Links.Count, config.Docker.Published.Count, config.Docker.Heal));
        Assert.Contains(config.Chains, c => c.Exclusive);
        Assert.Equal("/var/lib/prometheus/node-exporter/netguard.prom", config.Metrics?.Textfile);
    }

    [GeneratedRegex("^( *)#(?! [^ ]|$)(.*)$", RegexOptions.Multiline)]
    private static partial Regex CommentedOut();
}
