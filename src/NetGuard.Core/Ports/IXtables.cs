using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Core.Ports;

/// <summary>The tables of one variant of iptables.</summary>
public interface IXtables
{
    /// <summary>Reads all tables of a family.</summary>
    /// <exception cref="XtablesException">They could not be read; what is in them is not known.</exception>
    Task<Ruleset> ReadAsync(Family family, CancellationToken cancel);

    /// <summary>Reads one chain, at a cost that does not depend on what else is in the table.</summary>
    /// <exception cref="XtablesException">It could not be read, or it is not there: not every tool tells the one from the other.</exception>
    Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel);

    /// <summary>Reads all tables of a family with what each rule has counted.</summary>
    /// <exception cref="XtablesException">They could not be read; what is in them is not known.</exception>
    Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel);

    /// <summary>Carries out a plan, each table in one commit. That it did not fail does not prove that it worked: read back.</summary>
    /// <exception cref="XtablesException">The tool refused; the table of the failing line is unchanged.</exception>
    Task RestoreAsync(RulesetPlan plan, CancellationToken cancel);

    /// <summary>Has the kernel say what it makes of the declared rules, without touching the live tables.</summary>
    /// <param name="family">The family.</param>
    /// <param name="drafts">The rules.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="XtablesException">No rule at all can be tried: no tool, or no support in the kernel.</exception>
    Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel);
}

/// <summary>iptables failed.</summary>
public sealed class XtablesException : Exception
{
    /// <summary>Says what failed.</summary>
    /// <param name="message">One line for people, with the tool's own words.</param>
    /// <param name="line">The line of the restore text that the tool names; null where it names none.</param>
    /// <param name="inner">What lies beneath.</param>
    public XtablesException(string message, int? line = null, Exception? inner = null)
        : base(message, inner) => Line = line;

    /// <summary>The line of the restore text that the tool names; null where it names none.</summary>
    public int? Line { get; }

    /// <summary>Whether another program held the lock or a commit came in between: to try again is promising.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Whether what the plan was made for had changed by then, so that nothing was done: read again, at once.</summary>
    public bool IsOutdated { get; init; }
}
