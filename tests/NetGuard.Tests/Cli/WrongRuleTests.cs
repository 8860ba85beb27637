using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>Rules that cannot be, by their text or in the kernel's eyes: all in one file, each told where it stands.</summary>
public class WrongRuleTests(WrongRuleTests.OneRun run) : IClassFixture<WrongRuleTests.OneRun>
{
    public static TheoryData<string, string> Rules => new()
    {
        { "-A DOCKER-USER -j DROP", "'-A' is a command of iptables" },
        { "-I DOCKER-USER 1 -j DROP", "'-I' is a command of iptables" },
        { "-t nat -j DROP", "'-t' is an option of the tool" },
        { "-j DROP COMMIT", "'COMMIT' ends a table" },
        { "\"-j DROP\\nCOMMIT\\n*filter\\n-F\"", "a line break in a rule" },
        { "|\n          -j DROP\n          -F", "a line break in a rule" },
        { "\"-j\\tDROP\"", "a tab in a rule" },
        { "-m comment --comment \"open -j DROP", "a quote is opened and never closed" },
        { "-i eth0 -s 300.1.2.3 -j DROP", "300.1.2.3" },
        { "-s www.example.org -j DROP", "'www.example.org' is no address" },
        { "-p tcp --dport 99999 -j DROP", "'99999' is no port" },
        { "-i a-name-of-20-letters -j DROP", "(at most 15)" },
        { "-m nosuchmatch --frob 1 -j DROP", "match `nosuchmatch'" },
        { "-p tcp --dprt 80 -j DROP", "unknown option \"--dprt\"" },
        { "-p tcp --dport nosuchservice -j DROP", "invalid port/service `nosuchservice'" },
        { "-p nosuchprotocol -j DROP", "unknown protocol \"nosuchprotocol\"" },
        { "-j DORP", "there is no target DORP (did you mean DROP?" },
        { "-j accept", "there is no target accept (did you mean ACCEPT?" },
        { "-j DROP extra", "Bad argument `extra'" },
        { "-j REJECT --reject-with nosuchanswer", "unknown reject type \"nosuchanswer\"" },
        { "-j DNAT --to-destination 1.2.3.4", "the kernel does not take it" },
        { "-j MASQUERADE", "(MASQUERADE belongs into nat/POSTROUTING)" },
        { "-m set --match-set \"two words\" src -j DROP", "no ipset can be called \"two words\"" },
        { "-m set --match-set a-name-of-more-than-thirty-one-bytes src -j DROP", "no ipset can be called" },
        { "-m set --match-set web nowhere -j DROP", "src" },
        { "-s 2001:db8::1 -d 10.0.0.1 -j DROP", "no packet has both" },
        { "{ rule: -s 2001:db8::1 -j DROP, family: ipv4 }", "'2001:db8::1' is an IPv6 address behind -s, but the rule's family is ipv4" },
        { "{ rule: -s 10.0.0.1 -j DROP, family: ipv6 }", "'10.0.0.1' is an IPv4 address behind -s, but the rule's family is ipv6" },
        { "{ rule: -p icmp -m icmp --icmp-type 8 -j DROP, family: ipv6 }", "ip6tables refuses this rule for DOCKER-USER" },
        { "{ rule: -j DROP, name: 'a b' }", "cannot be a rule's name" },
        { "{ rule: -j DROP, position: middle }", "position is 'middle'" },
        { "{ rul: -j DROP }", "unknown key 'rul'" },
        { "[-j, DROP]", "expected" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void AWrongRuleIsToldWhereItStands(string rule, string expected)
    {
        var line = Assert.Single(run.Lines, line => line.StartsWith($"{run.Path}:{run.LineOf(rule)}:", StringComparison.Ordinal));
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingElseIsToldAndNothingIsApplied()
    {
        Assert.Equal(Rules.Count, run.Lines.Length);
        await run.Host.AssertUntouched();
    }

    public sealed class OneRun : IAsyncLifetime
    {
        private readonly List<string> _rules = [.. Rules.Select(row => row.Data.Item1)];

        public DockerHost Host { get; } = new();

        public string Path { get; private set; } = "";

        public string[] Lines { get; private set; } = [];

        /// <summary>Where a rule stands; some take several lines.</summary>
        public int LineOf(string rule) => 4 + _rules.TakeWhile(other => other != rule).Sum(other => 1 + other.Count(c => c == '\n'));

        public async ValueTask InitializeAsync()
        {
            await Host.InitializeAsync();
            Path = Host.Files.Write("netguard.yaml", "chains:\n  DOCKER-USER:\n    rules:\n" + string.Concat(_rules.Select(rule => $"      - {rule}\n")));
            Lines = Complaint.Lines(await Host.Netns.Netguard("check", "--config", Path));
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
