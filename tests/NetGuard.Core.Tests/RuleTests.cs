using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.State;

public class RuleTests
{
    [Theory]
    [InlineData("-i eth0 -m comment --comment \"netguard:a\" -j DROP", "a", "-i eth0 -j DROP", "-i eth0", "DROP")]
    [InlineData("-m comment --comment \"netguard:a\" -j DROP", "a", "-j DROP", "", "DROP")]
    [InlineData("-j DROP", null, "-j DROP", "", "DROP")]
    [InlineData("-m comment --comment \"netguard:a\"", "a", "", "", null)]
    [InlineData("-m comment --comment -j -j ACCEPT", null, "-m comment --comment -j -j ACCEPT", "-m comment --comment -j", "ACCEPT")]
    [InlineData("-m comment --comment \"see netguard:a\" -j DROP", null, "-m comment --comment \"see netguard:a\" -j DROP", "-m comment --comment \"see netguard:a\"", "DROP")]
    [InlineData("-p tcp -m comment --comment \"x \\\"-j\\\" y\" -m comment --comment \"netguard:a\" -g X", "a", "-p tcp -m comment --comment \"x \\\"-j\\\" y\" -g X", "-p tcp -m comment --comment \"x \\\"-j\\\" y\"", "X")]
    public void ARuleIsTakenApart(string text, string? owner, string body, string match, string? target)
    {
        var rule = new Rule(text);
        Assert.Equal(owner, rule.Owner);
        Assert.Equal(body, rule.Body);
        Assert.Equal(match, rule.Match);
        Assert.Equal(target, rule.Target);
    }
}
