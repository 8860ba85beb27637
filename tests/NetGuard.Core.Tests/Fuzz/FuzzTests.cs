using System.Runtime.CompilerServices;
using System.Text;
using NetGuard.Core.Attribution;
using NetGuard.Core.Config;
using NetGuard.Core.Conntrack;
using NetGuard.Core.Diff;
using NetGuard.Core.Inotify;
using NetGuard.Core.Journal;
using NetGuard.Core.Netlink;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Config;
using NetGuard.Core.Tests.Netlink;
using NetGuard.Core.Tests.Worlds;
using NetGuard.Core.Watch;
using Xunit;

namespace NetGuard.Core.Tests.Fuzz;

/// <summary>
/// Whatever is read from outside: nothing crashes, hangs or eats memory, and what comes out of it is fit for use. A short version; tests/fuzz.sh
/// gives each a million inputs, led by coverage.
/// </summary>
public class FuzzTests
{
    // Of a daemon that guards FORWARD and a chain that is exclusive.
    private static readonly DesiredRuleset Desired = new(Family.Ipv4, [World.Want("FORWARD", top: ["-i eth0 -j DROP"], bottom: ["-j DROP"], policy: ChainPolicy.Drop), World.Want("DOCKER-USER", top: ["-j RETURN"]), World.Want("X", top: ["-j RETURN"])]);

    private static string Layouts([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "../../layouts");

    [Fact]
    public void Configurations() => Fuzzer.Run(
        "configuration",
        [Text(Packaging.Read("examples/netguard.yaml")), Text("chains:\n  FORWARD: { policy: DROP }\n  DOCKER-USER:\n    rules:\n      - -i eth0 -j DROP\n      - { name: a, rule: \"-p tcp --dport 80 -j RETURN\", position: bottom, family: ipv4 }\n"), Text("mode: audit\ninterval: 5s\nbackend: nft\nfamilies: [ipv4]\nforwarding: { ipv4: on, interfaces: { docker0: off } }\nsysctls: { net.ipv4.conf.all.rp_filter: 1 }\n")],
        Words("mode: enforce interval: 60s backend: families: forwarding: interfaces: sysctls: chains: FORWARD DOCKER-USER policy: DROP rules: name: rule: position: top bottom exclusive: true &a *a <<: !!str | > - \" ' # --- ... %YAML {[ ]} ipv4 ipv6 -j -s 10.0.0.0/8 --dport -m comment --comment \\n \\u0000"),
        bytes =>
        {
            var result = ConfigParser.Parse([new("netguard.yaml", Encoding.UTF8.GetString(bytes))]);
            Assert.True(result.Config is null == result.Mistakes.Count > 0);
            Assert.All(result.Mistakes, mistake => Assert.DoesNotContain(mistake.ToString(), c => char.IsControl(c)));
            foreach (var draft in result.Config is { } config ? RuleDraft.For(config, Family.Ipv4) : [])
            {
                Assert.DoesNotContain('\n', draft.TaggedText);
            }
        });

    [Fact]
    public void Rulesets() => Fuzzer.Run(
        "iptables-save",
        [.. Directory.GetFiles(Layouts(), "*.rules").Select(Read), Text($"*filter\n:FORWARD ACCEPT [0:0]\n:X - [0:0]\n[7:8] -A FORWARD {World.Own("r1", "-i eth0 -j DROP")}\n-A FORWARD -m comment --comment \"a \\\" b\" -j X\nCOMMIT\n# Table `nat' is incompatible, use 'nft' tool.\n")],
        Words("*filter *nat :FORWARD :X - ACCEPT DROP [0:0] -A FORWARD -j -g -m comment --comment \"netguard:r1\" COMMIT\n # Table `filter' is incompatible, use 'nft' tool. --log-prefix --string \\\" \n -i eth0"),
        bytes =>
        {
            Ruleset ruleset;
            try
            {
                ruleset = RulesetParser.Parse(Family.Ipv4, Encoding.UTF8.GetString(bytes));
            }
            catch (UnreadableRulesetException)
            {
                return;
            }

            var plan = RulesetPlan.For(RulesetDiff.Between(Desired, ruleset));
            Assert.All(plan.Steps, step => Assert.True(step is not DeleteRule { Rule.IsOwned: false }, $"a stranger's rule would go: {step}"));
            Assert.Equal(plan.Steps.Count + (2 * plan.Steps.Select(step => step.Key.Table).Distinct().Count()), plan.ToRestoreText().Count(c => c == '\n'));
            Assert.DoesNotContain('\n', string.Concat(plan.Commands("-nft")));

            // What a trial of it would take back.
            var undo = new RulesetUndo(ruleset, ruleset with { Tables = [] }, new HashSet<ChainKey>(), new HashSet<ChainKey>()).PlanFor(ruleset, new HashSet<string>());
            Assert.All(undo.Plan.Steps, step => Assert.True(step is not DeleteRule { Rule.IsOwned: false }, $"a stranger's rule would go: {step}"));
        });

    [Fact]
    public void RuleTexts() => Fuzzer.Run(
        "rule",
        [Text("-s 10.0.0.0/8 -i eth0 -p tcp -m multiport --dports 80,443 -m comment --comment \"netguard:a b\" -j DROP"), Text("! -s 1.2.3.4/32 -m iprange --src-range 1.1.1.1-2.2.2.2 -m conntrack --ctstate NEW -g X"), Text("-s fe80::/10 -p ipv6-icmp -j REJECT --reject-with icmp6-port-unreachable")],
        Words("-s -d -p -i -o -j -g ! -m tcp udp multiport --dports --sport conntrack --ctstate --ctorigdstport comment --comment netguard: \" \\ , : / - 0 65535 255.255.255.255 ::ffff:1.2.3.4 iprange"),
        bytes =>
        {
            var rule = new Rule(Encoding.UTF8.GetString(bytes));
            _ = rule.Body.Length + rule.Match.Length + (rule.Target?.Length ?? 0) + (rule.Owner?.Length ?? 0);
            _ = PacketMatch.Of(rule);
            _ = ShellWords.Join([rule.Text]);
            Assert.DoesNotContain(OneLine.Of(rule.Text), c => char.IsControl(c));
        });

    [Fact]
    public void NetlinkMessages() => Fuzzer.Run(
        "netlink",
        [Datagrams.OfEverything(), Datagrams.OfEverything()[..200]],
        [[0, 0, 0, 20], [8, 0, 1, 0], [16, 0, 0, 0], [255, 255, 255, 255], [4, 0, 2, 128], .. Words("filter DOCKER-USER counter immediate FORWARD")],
        bytes =>
        {
            ReadOnlySpan<byte> rest = bytes;
            var transaction = new NftTransaction();
            Span<byte> body = stackalloc byte[4096];
            while (NetlinkMessage.TryRead(ref rest, out var message))
            {
                _ = message.Errno;
                _ = NetconfEvent.TryParse(message, out _);
                _ = NftChain.Parse(message);
                _ = Connection.TryParse(message, out _);
                if (NftEvent.TryParse(message, out var change))
                {
                    transaction.Add(change, WatchScope.Everything);
                }

                if (NftRuleBody.TryCopy(message, body, out var length, out _))
                {
                    _ = NftRuleBody.ExpressionNames(body[..length]).Count();
                    _ = NftRuleBody.TryGetProtocol(body[..length], out _, out _);
                }
            }
        });

    [Fact]
    public void RuleBodies() => Fuzzer.Run(
        "rule's expressions",
        [[12, 0, 1, 128, 8, 0, 1, 0, 97, 98, 99, 0], .. new[] { Datagrams.OfEverything()[48..] }],
        [[1, 128], [2, 128], [8, 0, 1, 0], [255, 255], .. Words("match target counter tcp")],
        bytes =>
        {
            _ = NftRuleBody.ExpressionNames(bytes).Count();
            _ = NftRuleBody.TryGetProtocol(bytes, out _, out _);
            Nested(bytes, 0);
        });

    [Fact]
    public void InotifyEvents() => Fuzzer.Run("inotify", [[1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 97, 98, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], [[255, 255, 255, 255], [0, 0, 0, 128]], bytes =>
    {
        ReadOnlySpan<byte> rest = bytes;
        var left = rest.Length + 1;
        while (InotifyEvent.TryRead(ref rest, out _))
        {
            Assert.True(rest.Length < left);
            left = rest.Length;
        }
    });

    [Fact]
    public void LegacyTables() => Fuzzer.Run("x_tables", [new byte[400], [.. Enumerable.Repeat((byte)112, 112), .. new byte[300]]], [[112, 0, 152, 0], [0, 0, 0, 0, 255, 255, 255, 255], .. Words("ERROR X")], bytes =>
    {
        uint At(int i) => bytes.Length > i ? bytes[i] : 0u;
        foreach (var family in Enum.GetValues<Family>())
        {
            _ = LegacyTable.TryRead(family, TableName.Filter, At(0), [At(1), At(2), At(3), At(4), At(5)], bytes.Length > 8 ? bytes[8..] : bytes, new Dictionary<ChainKey, LegacyChain>());
        }
    });

    [Fact]
    public void ProcessesOfStrangers() => Fuzzer.Run(
        "/proc of a stranger",
        [Text("iptables\0-F\0FORWARD\0"), Text("4711 (a) b) S 1 4711 4711 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 1"), Text("0::/system.slice/cron.service\n"), Text("/usr/bin/python3\0-m\0x\n\u001b[31m\0")],
        Words("( ) .service / .slice python3 bash -c \0 \u001b]0; \u202e 0:: \n"),
        bytes =>
        {
            var half = bytes.Length / 2;
            var sighting = new ProcessSighting(4711, bytes, bytes[half..], bytes[..half]);
            var culprit = Culprit.From(4711, bytes.AsSpan(0, Math.Min(bytes.Length, 15)), [sighting with { Stat = bytes }, sighting], long.MaxValue);
            Assert.DoesNotContain(culprit.ToString(), c => char.IsControl(c));
            Assert.DoesNotContain(CommandText.Line(bytes), c => char.IsControl(c));
        });

    [Fact]
    public void SysctlFiles() => Fuzzer.Run("sysctl.d", [Text("# c\nnet.ipv4.ip_forward = 1\n-net.ipv4.conf.*.rp_filter=2\nnet/ipv4/conf/eth0.1/forwarding = 0\n-net.ipv4.conf.all.rp_filter\n")], Words("net.ipv4.conf.*.forwarding = - / . [a-z] ? ; # 1 0"), bytes =>
    {
        var files = SysctlFileSet.Of([new("/etc/sysctl.d/1.conf", Encoding.UTF8.GetString(bytes))]);
        _ = files.Undoing(SysctlKey.Ipv4Forwarding, "1");
        _ = files.Undoing(SysctlKey.Parse("net.ipv4.conf.eth0.rp_filter"), "1");
    });

    [ModuleInitializer]
    internal static void Prepare() => Fuzzer.Prepare();

    private static void Nested(ReadOnlySpan<byte> list, int depth)
    {
        while (depth < 10 && NlAttr.TryRead(ref list, out var attribute))
        {
            _ = NftText.Of(attribute).Length;
            Nested(attribute.Value, depth + 1);
        }
    }

    private static byte[] Read(string path) => File.ReadAllBytes(path);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static IReadOnlyList<byte[]> Words(string words) => [.. words.Split(' ').Select(Text), Text(" "), Text("\n")];
}
