using NetGuard.Core.State;

namespace NetGuard.Tests.Chaos;

// What one of several may do while the others act as well: its outcome does not depend on theirs.

/// <summary>Adds a rule of one's own to some chain.</summary>
internal sealed record RuleAdded(Family Family, string Chain, string Rule, bool OnTop) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, [OnTop ? "-I" : "-A", Chain, .. Rule.Split(' ')]);

    public override void Leave(Strangers strangers) => strangers.AddRule(Family, Chain, Rule, OnTop);
}

/// <summary>Takes one's own rule away again.</summary>
internal sealed record RuleRemoved(Family Family, string Chain, string Rule) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, ["-D", Chain, .. Rule.Split(' ')]);

    public override void Leave(Strangers strangers) => strangers.RemoveRule(Family, Chain, Rule);
}

/// <summary>Moves one's own rule to the top, in one commit.</summary>
internal sealed record RuleMoved(Family Family, string Chain, string Rule) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Restore(Family, $"-D {Chain} {Rule}", $"-I {Chain} {Rule}");

    public override void Leave(Strangers strangers)
    {
        strangers.RemoveRule(Family, Chain, Rule);
        strangers.AddRule(Family, Chain, Rule, onTop: true);
    }
}

/// <summary>Makes a chain of one's own.</summary>
internal sealed record ChainMade(Family Family, string Chain) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-N", Chain);

    public override void Leave(Strangers strangers) => strangers.AddChain(Family, Chain);
}

/// <summary>Takes a chain of one's own away, with the jumps to it.</summary>
internal sealed record ChainRemoved(Family Family, string Chain, ValueList<string> Jumps) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Restore(Family, [.. Jumps.Select(jump => $"-D FORWARD {jump}"), $"-F {Chain}", $"-X {Chain}"]);

    public override void Leave(Strangers strangers)
    {
        foreach (var jump in Jumps)
        {
            strangers.RemoveRule(Family, Declared.Forward, jump);
        }

        strangers.RemoveChain(Family, Chain);
    }
}

/// <summary>A thousand chains come and go.</summary>
internal sealed record ThousandChains(Family Family, string Prefix, int Count) : Mishap
{
    public override async Task<bool> Play(Stage stage) =>
        await stage.Restore(Family, Each(i => $":{Prefix}-{i} - [0:0]\n-A {Prefix}-{i} -j RETURN"))
        && await stage.Restore(Family, [.. Each(i => $"-F {Prefix}-{i}"), .. Each(i => $"-X {Prefix}-{i}")]);

    private IEnumerable<string> Each(Func<int, string> line) => Enumerable.Range(0, Count).Select(line);
}

/// <summary>Deletes one of NetGuard's rules, which may be gone already.</summary>
internal sealed record GuardedRuleDeleted(Family Family, string Chain, string Rule) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, ["-D", Chain, .. Rule.Split(' ')]);
}

/// <summary>Writes a rule that bears NetGuard's mark: doubled, changed, or one that it does not know.</summary>
internal sealed record MarkForged(Family Family, string Chain, string Rule, bool OnTop) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, [OnTop ? "-I" : "-A", Chain, .. Rule.Split(' ')]);
}

/// <summary>Empties the chain into which nobody writes meanwhile but NetGuard.</summary>
internal sealed record GuardedChainFlushed(Family Family) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-F", Declared.OwnChain);

    public override void Leave(Strangers strangers) => strangers.Flush(Family, Declared.OwnChain);
}

/// <summary>Opens FORWARD.</summary>
internal sealed record PolicyChanged(Family Family) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-P", Declared.Forward, "ACCEPT");
}

/// <summary>Sets the policy of a chain that nobody guards, and only one touches.</summary>
internal sealed record OtherPolicyChanged(Family Family, string Chain, string Policy) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-P", Chain, Policy);

    public override void Leave(Strangers strangers) => strangers.SetPolicy(Family, Chain, Policy);
}

/// <summary>Asks the daemon something, over the bus. It may just be dead, or stand still.</summary>
internal sealed record Asked(string Command) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Ask(Command);
}

/// <summary>Writes a setting that is guarded, or one that is not.</summary>
internal sealed record SettingWritten(string Key, string Value, bool IsGuarded) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        await stage.Netns.SetSysctl(Key, Value);
        return true;
    }

    public override void Leave(Strangers strangers)
    {
        if (!IsGuarded)
        {
            lock (strangers.Sysctls)
            {
                strangers.Sysctls[Key] = Value;
            }
        }
    }
}

/// <summary>Looks, and changes nothing.</summary>
internal sealed record Looked(Family Family) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-S");
}

/// <summary>Uses the other variant of iptables, which does not concern NetGuard: the rule is taken away again.</summary>
internal sealed record OtherVariantUsed(Family Family, string Rule) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        var tool = $"{Family.Tool()}-{(stage.Backend == Backend.Nft ? Backend.Legacy : Backend.Nft).Name()}";
        return await stage.Run(tool, ["--wait", "-A", "FORWARD", .. Rule.Split(' ')], null) && await stage.Run(tool, ["--wait", "-D", "FORWARD", .. Rule.Split(' ')], null);
    }
}
