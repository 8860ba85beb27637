using NetGuard.Core.Config;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Core.Tests.Fakes;

/// <summary>What a restore does instead of its work.</summary>
public enum RestoreFault
{
    None,

    /// <summary>Ends with success and changes nothing.</summary>
    Lies,

    /// <summary>Another program holds the lock.</summary>
    Locked,

    /// <summary>Fails without naming a line.</summary>
    Fails,
}

/// <summary>iptables in memory: a model that takes and gives text, with faults to order.</summary>
public sealed class FakeXtables : IXtables
{
    /// <summary>The tables of each family, for strangers to write to.</summary>
    public IReadOnlyDictionary<Family, FakeTables> Tables { get; } =
        new Dictionary<Family, FakeTables> { [Family.Ipv4] = new(), [Family.Ipv6] = new() };

    /// <summary>What strangers do between a read and the restore that follows, one each.</summary>
    public Queue<Action> BeforeRestore { get; } = new();

    /// <summary>What befalls the next restores.</summary>
    public Queue<RestoreFault> RestoreFaults { get; } = new();

    /// <summary>What the next reads fail with; null for one that works.</summary>
    public Queue<string?> ReadFaults { get; } = new();

    /// <summary>The texts of all restores, failed ones too.</summary>
    public List<string> Restores { get; } = [];

    public FakeTables Ipv4 => Tables[Family.Ipv4];

    public Task<Ruleset> ReadAsync(Family family, CancellationToken cancel) => ReadAsync(family, counters: false);

    public Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) => ReadAsync(family, counters: true);

    private Task<Ruleset> ReadAsync(Family family, bool counters)
    {
        if (ReadFaults.TryDequeue(out var fault) && fault is not null)
        {
            throw new XtablesException(fault);
        }

        try
        {
            return Task.FromResult(RulesetParser.Parse(family, Tables[family].Save(counters)));
        }
        catch (UnreadableRulesetException e)
        {
            throw new XtablesException(e.Message, inner: e);
        }
    }

    public async Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel) =>
        (await ReadAsync(family, cancel)).Find(key) ?? throw new XtablesException($"there is no chain {key}");

    public Task RestoreAsync(RulesetPlan plan, CancellationToken cancel)
    {
        var text = plan.ToRestoreText();
        Restores.Add(text);
        if (BeforeRestore.TryDequeue(out var stranger))
        {
            stranger();
        }

        switch (RestoreFaults.TryDequeue(out var fault) ? fault : RestoreFault.None)
        {
            case RestoreFault.Locked:
                throw new XtablesException("iptables-restore: Another app is currently holding the xtables lock") { IsTransient = true };
            case RestoreFault.Fails:
                throw new XtablesException("iptables-restore: ended with 1 and said nothing");
            case RestoreFault.None:
                Tables[plan.Family].Restore(text);
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>Takes each rule for the kernel's form of itself.</summary>
    public Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        var accepted = new Dictionary<RuleConfig, ValueList<Rule>>();
        var refused = new Dictionary<RuleConfig, string>();
        foreach (var draft in drafts)
        {
            if (Tables[family].Refuses(draft.Config.Text) is { } words)
            {
                refused[draft.Config] = words;
            }
            else
            {
                accepted[draft.Config] = [Tagged(draft.Config.Name, draft.Config.Text)];
            }
        }

        return Task.FromResult(new CanonicalRules(family, accepted, refused));
    }

    /// <summary>The kernel's form of a rule with the tag: the comment stands before the target.</summary>
    public static Rule Tagged(string name, string body)
    {
        var jump = body.StartsWith("-j ", StringComparison.Ordinal) || body.StartsWith("-g ", StringComparison.Ordinal)
            ? 0
            : new[] { body.LastIndexOf(" -j ", StringComparison.Ordinal), body.LastIndexOf(" -g ", StringComparison.Ordinal) }.Max();
        var tag = $"-m comment --comment \"netguard:{name}\"";
        return new(jump < 0 ? $"{body} {tag}".Trim() : $"{body[..jump]} {tag} {body[jump..].Trim()}".Trim());
    }
}
