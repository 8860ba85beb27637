using BenchmarkDotNet.Attributes;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>Parsing and diffing, without a kernel. BenchmarkDotNet makes and runs it.</summary>
public class CoreBenchmarks
{
    private string _text = "";
    private Ruleset _actual = new(Family.Ipv4, []);
    private DesiredRuleset _desired = new(Family.Ipv4, []);

    [Params(100, 1_000, 10_000)]
    public int Rules { get; set; }

    /// <summary>Whose rules they are: a stranger's around three guarded ones, or all of them guarded.</summary>
    [Params(false, true)]
    public bool Guarded { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var rules = Enumerable.Range(0, Guarded ? Rules : GuardedConfig.DockerUserRules)
            .Select(i => new DesiredRule($"{i}", new($"{GuardedConfig.ManyRule(i)[..^10]}-m comment --comment \"netguard:{i}\" -j ACCEPT"), null))
            .ToValueList();
        _desired = new(Family.Ipv4, [new(new(TableName.Filter, new(GuardedConfig.ManyChain))) { Top = rules }]);

        // The one in the middle is missing.
        var live = rules.Where((_, i) => i != rules.Count / 2).Select(rule => $"-A {GuardedConfig.ManyChain} {rule.Rule.Text}");
        var strangers = StrangersRules.Text(Guarded ? 10 : Rules).Replace("COMMIT\n", "", StringComparison.Ordinal);
        _text = string.Join('\n', [
            strangers.Replace("*filter\n", $"*filter\n:FORWARD ACCEPT [0:0]\n:{GuardedConfig.ManyChain} - [0:0]\n", StringComparison.Ordinal).TrimEnd(),
            .. live, "COMMIT\n"]);
        _actual = RulesetParser.Parse(Family.Ipv4, _text);
        if (ParseAndDiff().Drifts.Count != 1)
        {
            throw new InvalidOperationException("one rule should be missing");
        }
    }

    [Benchmark]
    public Ruleset Parse() => RulesetParser.Parse(Family.Ipv4, _text);

    /// <summary>Rules are taken apart when they are first compared; here they have been.</summary>
    [Benchmark]
    public RulesetDiff Diff() => RulesetDiff.Between(_desired, _actual);

    /// <summary>All that a check computes.</summary>
    [Benchmark]
    public RulesetDiff ParseAndDiff() => RulesetDiff.Between(_desired, Parse());
}
