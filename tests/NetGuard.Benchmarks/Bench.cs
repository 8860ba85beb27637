using System.Globalization;
using System.Text.Json;

namespace NetGuard.Benchmarks;

/// <summary>What all measurements of one run share.</summary>
/// <param name="Netguard">The native executable.</param>
/// <param name="Quick">Whether to show that everything works, rather than how fast.</param>
/// <param name="Cancel">Set by Ctrl-C.</param>
internal sealed record Bench(string Netguard, bool Quick, CancellationToken Cancel)
{
    /// <summary>How many strangers' rules there are.</summary>
    public IReadOnlyList<int> Sizes => Quick ? [100, 10_000] : [10, 100, 1_000, 10_000];

    private readonly List<Goal> _goals = [];

    /// <summary>What was to be reached, and what was, as far as it has been measured.</summary>
    public IReadOnlyList<Goal> Goals => _goals;

    /// <summary>How often each thing is broken, at each size.</summary>
    public int EventRounds => Quick ? 10 : 200;

    /// <summary>Rounds that come first and do not count.</summary>
    public const int WarmUp = 5;

    /// <summary>What counts as many guarded rules.</summary>
    public const int Many = 10_000;

    /// <summary>How often something is measured at a ruleset's size. A round at 10,000 rules takes seconds.</summary>
    public int Rounds(int rules) => (Quick, rules) switch
    {
        (true, >= 10_000) => 2,
        (true, _) => 5,
        (false, >= 10_000) => 20,
        (false, _) => 60,
    };

    /// <summary>Takes note of a goal.</summary>
    public void Reach(Goal goal) => _goals.Add(goal);

    /// <summary>Says on standard error what is going on.</summary>
    public static void Say(string what) => Console.Error.WriteLine($"-- {what}");

    /// <summary>Runs a command that prints JSON, in the namespace of the calling thread. In sync is what it must end with.</summary>
    /// <returns>How long the whole process took, and what it printed.</returns>
    public (double Milliseconds, JsonElement Json) Run(string command, string configPath)
    {
        var (took, output) = Timed.Run(Netguard, [command, "--json", "--config", configPath]);
        using var json = JsonDocument.Parse(output);
        return json.RootElement.GetProperty("in_sync").GetBoolean()
            ? (took, json.RootElement.Clone())
            : throw new InvalidOperationException($"netguard {command} left drift: {output}");
    }

    /// <summary>Runs <c>netguard apply</c>, which must find this many drifts and repair them all.</summary>
    public (double Whole, double Reconcile) Apply(string configPath, int drifts)
    {
        var (whole, json) = Run("apply", configPath);
        var repaired = json.GetProperty("repaired").GetArrayLength();
        return repaired == drifts
            ? (whole, json.GetProperty("milliseconds").GetDouble())
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{drifts} drifts were made, {repaired} repaired"));
    }
}
