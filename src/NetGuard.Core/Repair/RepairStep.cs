using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>One change to one table, as one line of iptables-restore.</summary>
/// <param name="Key">The chain that changes.</param>
public abstract record RepairStep(ChainKey Key)
{
    /// <summary>The name of the rule that the step puts in place; null where it puts none.</summary>
    public virtual string? PutsRule => null;

    /// <summary>What the rule that the step puts in place begins to count from, <c>packets:bytes</c>; null for nothing.</summary>
    public virtual string? Counters => null;

    /// <summary>The line for iptables-restore.</summary>
    public abstract string Line { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Line;
}

/// <summary>Makes a chain. As <c>-N</c>, which fails where <c>:CHAIN</c> would empty a chain that somebody has made in the meantime.</summary>
public sealed record CreateChain(ChainKey Key) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string Line => $"-N {Key.Chain}";
}

/// <summary>Removes a chain. The kernel refuses while it has rules or is jumped to.</summary>
public sealed record RemoveChain(ChainKey Key) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string Line => $"-X {Key.Chain}";
}

/// <summary>Takes out all rules of an exclusive chain.</summary>
public sealed record EmptyChain(ChainKey Key) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string Line => $"-F {Key.Chain}";
}

/// <summary>Sets a built-in chain's policy; its counters stay.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Policy">The policy.</param>
public sealed record SetPolicy(ChainKey Key, ChainPolicy Policy) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string Line => $"-P {Key.Chain} {Policy.Name()}";
}

/// <summary>Takes out the first rule with exactly this text. By text, since a number could be another rule's by now.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Rule">The rule.</param>
public sealed record DeleteRule(ChainKey Key, Rule Rule) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string Line => $"-D {Key.Chain} {Rule.Text}";
}

/// <summary>Puts a rule in before another.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Position">The place that it takes, from 1.</param>
/// <param name="Name">What the log calls the rule.</param>
/// <param name="Rule">The rule.</param>
public sealed record InsertRule(ChainKey Key, int Position, string Name, Rule Rule) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string? PutsRule => Name;

    /// <inheritdoc/>
    public override string? Counters => Rule.Counters;

    /// <inheritdoc/>
    public override string Line => string.Create(
        CultureInfo.InvariantCulture, $"-I {Key.Chain} {(Position == 1 ? "" : Position.ToString(CultureInfo.InvariantCulture) + " ")}{Rule.Text}");
}

/// <summary>Puts a rule behind the last one.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Name">What the log calls the rule.</param>
/// <param name="Rule">The rule.</param>
public sealed record AppendRule(ChainKey Key, string Name, Rule Rule) : RepairStep(Key)
{
    /// <inheritdoc/>
    public override string? PutsRule => Name;

    /// <inheritdoc/>
    public override string? Counters => Rule.Counters;

    /// <inheritdoc/>
    public override string Line => $"-A {Key.Chain} {Rule.Text}";
}
