using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Daemon;

namespace NetGuard.Cli;

/// <summary><c>netguard check</c>: is the configuration good, and what does it mean?</summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(string path, bool json, CancellationToken cancel)
    {
        var (preparation, mistakes) = await new Session().JudgeAsync(path, cancel).ConfigureAwait(false);
        var rules = preparation is null ? [] : Rules(preparation);
        if (json)
        {
            JsonShapes.Write(
                new CheckJson(mistakes.Count == 0, [.. mistakes.Select(MistakeJson.Of)], [.. preparation?.Warnings ?? []], preparation?.Choice.Backend.Name(), rules),
                JsonShapes.Printed.CheckJson);
        }
        else if (mistakes.Count > 0)
        {
            throw new CommandFailure([.. mistakes.Select(mistake => mistake.ToString())]);
        }
        else if (preparation is not null)
        {
            Print(path, preparation, rules);
        }

        return mistakes.Count == 0 ? ExitCode.Ok : ExitCode.Error;
    }

    private static void Print(string path, Preparation preparation, RuleJson[] rules)
    {
        if (rules.Length > 0)
        {
            Terminal.WriteTable(["CHAIN", "FAMILIES", "NAME", "RULE"], [.. rules.Select(rule => (string[])[rule.Chain, string.Join(' ', rule.Families), rule.Name, rule.Text])]);
            Console.WriteLine();
        }

        foreach (var warning in preparation.Warnings)
        {
            Console.WriteLine($"warning: {warning}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Terminal.Good("valid")}: {path} declares {preparation.Config.Chains.Count} chains, {rules.Length} rules and {preparation.Config.Sysctls.Count} settings; iptables-{preparation.Choice.Backend.Name()} takes them"));
    }

    private static RuleJson[] Rules(Preparation preparation) =>
    [
        .. from chain in preparation.Config.Chains
           from rule in chain.Rules
           let families = preparation.Canonical.Where(c => c.Accepted.ContainsKey(rule)).Select(c => c.Family.Name())
           select new RuleJson(chain.Key.ToString(), rule.Name, rule.Text, [.. families]),
    ];
}
