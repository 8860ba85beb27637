using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>A configuration on trial: what NetGuard changes from here on can be taken back.</summary>
/// <param name="xtables">The tables.</param>
/// <param name="sysctls">The kernel settings.</param>
/// <param name="time">Waits between attempts.</param>
/// <param name="before">What was there.</param>
public sealed class Trial(IXtables xtables, ISysctls sysctls, TimeProvider time, TrialRecord before)
{
    // A lock may be held for long, and nobody else will take the changes back: about two minutes.
    private static readonly TimeSpan[] Backoff =
        [.. new[] { 10, 50, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 30_000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    private ValueList<Ruleset> _after = before.Rulesets;
    private IReadOnlyDictionary<SysctlKey, string> _sysctlsAfter = before.Sysctls;

    /// <summary>What was there.</summary>
    public TrialRecord Before => before;

    /// <summary>Notes what is there before anything is changed.</summary>
    /// <param name="preparation">What is going to be enforced.</param>
    /// <param name="sysctls">The kernel settings.</param>
    /// <param name="interfaces">The interfaces that have settings of their own, <c>all</c> and <c>default</c> among them.</param>
    /// <param name="time">Waits between attempts.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="XtablesException">It cannot be read: what cannot be taken back is not begun.</exception>
    public static async Task<Trial> BeginAsync(
        Preparation preparation, ISysctls sysctls, IReadOnlyCollection<string> interfaces, TimeProvider time, CancellationToken cancel)
    {
        var xtables = NftXtables.Of(preparation);
        var rulesets = new List<Ruleset>();
        foreach (var family in preparation.Desired.Rulesets.Select(ruleset => ruleset.Family))
        {
            rulesets.Add(await xtables.ReadCountedAsync(family, cancel).ConfigureAwait(false));
        }

        var chains = preparation.Desired.Rulesets.SelectMany(ruleset => ruleset.Chains).ToList();
        var settings = SysctlUndo.Read(sysctls, SysctlUndo.Scope(preparation.Desired.Sysctls.Select(sysctl => sysctl.Key), interfaces));
        return new(xtables, sysctls, time, new(
            preparation.Choice.Backend, [.. rulesets], settings,
            chains.Select(chain => chain.Key).ToHashSet(), chains.Where(chain => chain.Exclusive).Select(chain => chain.Key).ToHashSet()));
    }

    /// <summary>Notes what NetGuard has made of it: what others change from here on is theirs.</summary>
    /// <exception cref="XtablesException">It cannot be read.</exception>
    public async Task AppliedAsync(CancellationToken cancel)
    {
        var after = new List<Ruleset>();
        foreach (var ruleset in before.Rulesets)
        {
            after.Add(await xtables.ReadCountedAsync(ruleset.Family, cancel).ConfigureAwait(false));
        }

        _after = [.. after];
        _sysctlsAfter = SysctlUndo.Read(sysctls, before.Sysctls.Keys);
    }

    /// <summary>Whether nothing had to be changed, so that there is nothing to take back either.</summary>
    public bool ChangedNothing =>
        Settings().Count == 0 && before.Rulesets.Zip(_after).All(pair => new RulesetUndo(pair.First, pair.Second, before.Declared, before.Exclusive).PlanFor(pair.Second, new HashSet<string>()).Plan.IsEmpty);

    /// <summary>Takes the changes back, and makes sure of it.</summary>
    /// <param name="applied">Whether <see cref="AppliedAsync"/> was reached; where not, what is there now is taken for what NetGuard made.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<TrialUndone> RollBackAsync(bool applied, CancellationToken cancel)
    {
        if (!applied)
        {
            _sysctlsAfter = SysctlUndo.Read(sysctls, before.Sysctls.Keys);
        }

        var undone = new TrialUndone([], [], []);

        // Forwarding goes off before rules go, and on when they are back.
        var closing = Settings().Any(sysctl => sysctl.Value == "0" && sysctl.Key.RelativePath.EndsWith("forward", StringComparison.Ordinal));
        undone = closing ? undone.With(RollBackSettings()) : undone;
        foreach (var (was, became) in before.Rulesets.Zip(_after))
        {
            undone = undone.With(await RollBackAsync(was, applied ? became : null, cancel).ConfigureAwait(false));
        }

        return closing ? undone : undone.With(RollBackSettings());
    }

    private ValueList<Core.Config.SysctlConfig> Settings() =>
        new SysctlUndo(before.Sysctls, _sysctlsAfter).DesiredFor(SysctlUndo.Read(sysctls, before.Sysctls.Keys));

    private TrialUndone RollBackSettings()
    {
        var outcome = SysctlRepair.Run(sysctls, Settings(), SysctlFileSet.Empty);
        return new(
            [.. outcome.Plan.Writes.Where(write => write.KeptFrom is null).Select(write => write.ToString())], [],
            [.. outcome.Remaining.Select(drift => $"{drift.Sysctl} stays {drift.Actual}: {drift.Note}")]);
    }

    private async Task<TrialUndone> RollBackAsync(Ruleset was, Ruleset? became, CancellationToken cancel)
    {
        var refused = new HashSet<string>();
        var done = new List<string>();
        string? suspect = null;
        for (var failures = 0; ;)
        {
            string failure;
            try
            {
                var live = await xtables.ReadCountedAsync(was.Family, cancel).ConfigureAwait(false);
                var undo = new RulesetUndo(was, became ?? live, before.Declared, before.Exclusive).PlanFor(live, refused);
                if (!undo.Plan.IsEmpty)
                {
                    try
                    {
                        await xtables.RestoreAsync(undo.Plan, cancel).ConfigureAwait(false);
                    }
                    catch (XtablesException e) when (e is { IsTransient: false, Line: { } line } && undo.Plan.StepAt(line) is { PutsRule: not null } step)
                    {
                        // One that the kernel does not take any more, such as one whose ipset is gone, must not keep the others from coming back.
                        var text = step switch { InsertRule insert => insert.Rule.Text, AppendRule append => append.Rule.Text, _ => "" };
                        if (text == suspect)
                        {
                            refused.Add(text);
                            continue;
                        }

                        suspect = text;
                        throw;
                    }

                    done.AddRange(undo.Plan.Commands(Xtables.XtablesTools.Variant(before.Backend)));
                }

                if (undo.IsDoneIn(await xtables.ReadAsync(was.Family, cancel).ConfigureAwait(false)))
                {
                    return new([.. done], [.. undo.Left.Select(left => $"{was.Family.Name()} {left}")], []);
                }

                failure = $"{was.Family.Tool()}-restore reports success, and what it should have taken back is still there";
            }
            catch (XtablesException e)
            {
                failure = e.Message;
            }

            if (failures == Backoff.Length)
            {
                return new([.. done], [], [$"{was.Family.Name()}: {failure}"]);
            }

            await Task.Delay(Backoff[failures++], time, cancel).ConfigureAwait(false);
        }
    }
}

/// <summary>What came of taking the changes back.</summary>
/// <param name="Done">What was done, as a person would type it.</param>
/// <param name="Left">What cannot be taken back because somebody else has changed what it depends on.</param>
/// <param name="Failures">What should have been taken back and was not.</param>
public sealed record TrialUndone(ValueList<string> Done, ValueList<string> Left, ValueList<string> Failures)
{
    /// <summary>Both together.</summary>
    public TrialUndone With(TrialUndone other) => new([.. Done, .. other.Done], [.. Left, .. other.Left], [.. Failures, .. other.Failures]);
}
