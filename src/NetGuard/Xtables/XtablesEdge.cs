using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>The tables of one variant of iptables, through its own tools.</summary>
/// <param name="launcher">Starts the tools.</param>
/// <param name="tools">Where they are.</param>
public sealed class XtablesEdge(Launcher launcher, XtablesTools tools) : IXtables
{
    // The legacy tools wait for /run/xtables.lock; seconds. The nft ones take the option and need no lock.
    private const string LockWait = "5";

    /// <inheritdoc/>
    public Task<Ruleset> ReadAsync(Family family, CancellationToken cancel) => ReadAsync(family, [], cancel);

    /// <inheritdoc/>
    public Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) => ReadAsync(family, ["--counters"], cancel);

    /// <inheritdoc/>
    public async Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel)
    {
        if (tools.ForOneChain(family) is not { } tool)
        {
            var all = await ReadAsync(family, cancel).ConfigureAwait(false);
            return all.Find(key) ?? throw new XtablesException($"{Path.GetFileName(tools.Save(family))}: there is no chain {key}");
        }

        var command = new Command(tool, ["--wait", LockWait, "-t", key.Table.Value, "-S", key.Chain.Value]);
        var result = await RunAsync(command, cancel).ConfigureAwait(false);
        try
        {
            return RulesetParser.ParseChain(family, key, result.Output);
        }
        catch (UnreadableRulesetException e)
        {
            throw new XtablesException($"{command.Name} -S {key.Chain}: {e.Message}", inner: e);
        }
    }

    /// <inheritdoc/>
    public Task RestoreAsync(RulesetPlan plan, CancellationToken cancel) =>
        RunAsync(new(tools.Restore(plan.Family), ["--noflush", "--wait", LockWait, .. plan.HasCounters ? (string[])["--counters"] : []]) { Input = plan.ToRestoreText() }, cancel);

    /// <inheritdoc/>
    public async Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        if (drafts.Count == 0)
        {
            return new(family, new Dictionary<Core.Config.RuleConfig, ValueList<Rule>>(), new Dictionary<Core.Config.RuleConfig, string>());
        }

        try
        {
            using var trial = await OpenTrialAsync(family, cancel).ConfigureAwait(false);
            return await new Canonicalizer(launcher, trial, family).RunAsync(drafts, cancel).ConfigureAwait(false);
        }
        catch (CommandException e)
        {
            throw new XtablesException(e.Message, inner: e);
        }
    }

    private async Task<Ruleset> ReadAsync(Family family, string[] options, CancellationToken cancel)
    {
        var result = await RunAsync(new(tools.Save(family), options), cancel).ConfigureAwait(false);
        try
        {
            return RulesetParser.Parse(family, result.Output);
        }
        catch (UnreadableRulesetException e)
        {
            throw new XtablesException($"{Path.GetFileName(tools.Save(family))}: {e.Message}", inner: e);
        }
    }

    private async Task<ITrial> OpenTrialAsync(Family family, CancellationToken cancel)
    {
        try
        {
            return new NamespaceTrial(await OpenScratchAsync(cancel).ConfigureAwait(false), tools, family);
        }
        catch (CommandException) when (Capabilities.Has(Capabilities.NetAdmin))
        {
            // Containers and hardened hosts refuse namespaces.
            return new LiveTrial(launcher, tools, family);
        }
    }

    // Who may make namespaces needs no service for it, and a command line in another network than the host's has the host's socket before it.
    private async Task<IScratch> OpenScratchAsync(CancellationToken cancel) =>
        !Capabilities.Has(Capabilities.SysAdmin) && await ScratchService.OpenAsync(cancel).ConfigureAwait(false) is { } service
            ? service
            : await ScratchNamespace.OpenAsync(launcher, cancel).ConfigureAwait(false);

    private async Task<CommandResult> RunAsync(Command command, CancellationToken cancel)
    {
        try
        {
            var result = await launcher.RunAsync(command, cancel).ConfigureAwait(false);
            return result.ExitCode == 0 ? result : throw ToolWords.Failure(command, result);
        }
        catch (CommandException e)
        {
            throw new XtablesException(e.Message, inner: e);
        }
    }
}
