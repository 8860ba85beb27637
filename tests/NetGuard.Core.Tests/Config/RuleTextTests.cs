using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class RuleTextTests
{
    [Theory]
    [InlineData("-m comment --comment '-A x' -j DROP")]
    [InlineData("-m comment --comment COMMIT")]
    [InlineData("-m string --algo bm --string -j -j DROP")]
    [InlineData("-j LOG --log-prefix \"--flush \"")]
    [InlineData("-m recent --set --name -x")]
    [InlineData("-m policy --pol ipsec --dir in")]
    [InlineData("-m comment --comment 'naïve ✓'")]
    [InlineData("-s 10/8 -j DROP")]
    [InlineData("-s 10.0.0.0/255.0.0.0")]
    [InlineData("-s ::/0")]
    [InlineData("-d 2001:db8::/32")]
    [InlineData("-p tcp --dport http")]
    [InlineData("-p tcp --dport 80:90")]
    [InlineData("-f")]
    [InlineData("'! -i eth0 -j DROP'")]
    [InlineData("-i eth+ -m set --match-set x src")]
    [InlineData("-m u32 --u32 '0>>22&0x3C@ 8'")]
    [InlineData("-p tcp --tcp-flags SYN,RST SYN")]
    [InlineData("-i eth0\n        -j DROP")]
    [InlineData(">-\n        -i eth0\n        -j DROP")]
    [InlineData("-m hashlimit --hashlimit-upto 5/sec --hashlimit-name a")]
    [InlineData("-m comment --comment \"a\\\"b\"")]
    [InlineData("-g X")]
    [InlineData("-p 6")]
    [InlineData("-m comment --comment a#b")]
    [InlineData("-m conntrack --ctstate NEW -j ACCEPT # why")]
    public void WhatMayBeOneRuleIsLeftToIptables(string rule) => Assert.Equal("", ConfigText.Mistakes(ConfigText.WithRule(rule)));

    [Theory]
    [InlineData("-i  eth0   -j DROP", "-i eth0 -j DROP")]
    [InlineData("-m comment --comment 'it is' -j DROP", "-m comment --comment \"it is\" -j DROP")]
    [InlineData("-i eth0\n        -j DROP", "-i eth0 -j DROP")]
    [InlineData("\"-j 'DROP'\"", "-j DROP")]
    [InlineData("-m comment --comment $(reboot)`id`;x", "-m comment --comment $(reboot)`id`;x")]
    public void ARuleBecomesOneLineForIptablesRestore(string rule, string text)
    {
        var read = Assert.Single(Assert.Single(ConfigText.Config(ConfigText.WithRule(rule)).Chains).Rules);
        Assert.Equal(text, read.Text);
        Assert.Equal("c.yaml:4:9", read.At.ToString());
        Assert.Equal(RuleWords.Split(text).Select(w => w.Text), RuleWords.Split(read.Text).Select(w => w.Text));
    }

    [Fact]
    public void ARuleThatGrowsTooLongByItsQuotesIsRefused()
    {
        var word = $"'{new string('\\', 900)}'";
        var rule = string.Join(' ', Enumerable.Repeat($"--x {word}", 8));
        Assert.Equal("c.yaml:4:9: the rule is 14455 bytes long (at most 8192)", ConfigText.Mistakes(ConfigText.WithRule(rule)));
    }

    [Theory]
    [InlineData("-m comment --comment LONG", 8200, "c.yaml:4:9: the rule is 8221 bytes long (at most 8192)")]
    [InlineData("-m LONG", 1001, "c.yaml:4:12: a word of 1001 bytes (at most 1000)")]
    [InlineData("-m LONG", 1000, "")]
    public void LongRulesAndWordsAreRefused(string rule, int length, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(ConfigText.WithRule(rule.Replace("LONG", new('a', length), StringComparison.Ordinal))));

    [Fact]
    public void ARuleHasAtMost200Words()
    {
        Assert.Equal("", ConfigText.Mistakes(ConfigText.WithRule(string.Join(' ', Enumerable.Repeat("-m tcp", 100)))));
        Assert.Equal(
            "c.yaml:4:9: the rule has 202 words (at most 200)",
            ConfigText.Mistakes(ConfigText.WithRule(string.Join(' ', Enumerable.Repeat("-m tcp", 101)))));
    }
}
