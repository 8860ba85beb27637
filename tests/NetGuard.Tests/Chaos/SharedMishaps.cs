using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Chaos;

// What falls on everybody's rules: played while nobody but NetGuard acts.

/// <summary><c>iptables -F</c>.</summary>
internal sealed record AllFlushed(Family Family) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-F");

    public override void Leave(Strangers strangers) => strangers.Flush(Family);
}

/// <summary>One chain emptied.</summary>
internal sealed record ChainFlushed(Family Family, string Chain) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, "-F", Chain);

    public override void Leave(Strangers strangers) => strangers.Flush(Family, Chain);
}

/// <summary>DOCKER-USER taken away, and FORWARD emptied for it, in one commit.</summary>
internal sealed record DockerUserRemoved(Family Family) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Restore(Family, "-F FORWARD", $"-F {Declared.DockerUser}", $"-X {Declared.DockerUser}");

    public override void Leave(Strangers strangers)
    {
        strangers.Flush(Family, Declared.Forward);
        strangers.RemoveChain(Family, Declared.DockerUser);
    }
}

/// <summary>Docker puts its jump to the top of FORWARD once more, as at each of its starts.</summary>
internal sealed record DockerStarted(Family Family) : Mishap
{
    private const string Jump = "-j DOCKER-USER";
    private bool _wasThere;

    public override async Task<bool> Play(Stage stage)
    {
        _wasThere = await stage.Tables(Family, ["-D", Declared.Forward, .. Jump.Split(' ')]);
        return await stage.Tables(Family, ["-I", Declared.Forward, .. Jump.Split(' ')]);
    }

    public override void Leave(Strangers strangers)
    {
        if (_wasThere)
        {
            strangers.RemoveRule(Family, Declared.Forward, Jump);
        }

        strangers.AddRule(Family, Declared.Forward, Jump, onTop: true);
    }
}

/// <summary>A person writes one of the declared rules by hand.</summary>
internal sealed record DeclaredRuleWritten(Family Family, string Chain, string Rule, bool OnTop) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Tables(Family, [OnTop ? "-I" : "-A", Chain, .. Rule.Split(' ')]);

    public override void Leave(Strangers strangers) => strangers.AddRule(Family, Chain, Rule, OnTop);
}

/// <summary>Somebody saves all rules, NetGuard's among them. Nobody acts meanwhile.</summary>
internal sealed record DumpTaken(Family Family) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        stage.Dumps[Family] = (await stage.Save(Family), stage.Strangers.Copy());
        return true;
    }
}

/// <summary>And puts them in the place of what has come since.</summary>
internal sealed record DumpRestored(Family Family, string Text, Strangers World) : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.RestoreAll(Family, Text);

    public override void Leave(Strangers strangers) => strangers.Replace(Family, World);

    public override string ToString() => $"DumpRestored {{ Family = {Family} }}";
}

/// <summary><c>nft flush ruleset</c>: no table is left.</summary>
internal sealed record RulesetFlushed : Mishap
{
    public override Task<bool> Play(Stage stage) => stage.Run("nft", ["flush", "ruleset"], null);

    public override void Leave(Strangers strangers)
    {
        foreach (var family in Enum.GetValues<Family>())
        {
            strangers.Replace(family, null);
        }
    }
}

/// <summary>The configuration is read again.</summary>
internal sealed record Reloaded : Mishap
{
    public override Task<bool> Play(Stage stage)
    {
        stage.Daemon.Send(Signal.Hangup);
        return Task.FromResult(true);
    }
}

/// <summary>The daemon stands still, and more happens than it can be told of one by one.</summary>
internal sealed record Stopped(Family Family, string Chain, int Changes) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        stage.Daemon.Send(Signal.Stop);
        try
        {
            for (var i = 0; i < Changes; i++)
            {
                await stage.Tables(Family, "-P", Declared.Forward, i % 2 == 0 ? "ACCEPT" : "DROP");
            }

            return await stage.Tables(Family, "-F", Chain);
        }
        finally
        {
            stage.Daemon.Send(Signal.Continue);
        }
    }

    public override void Leave(Strangers strangers) => strangers.Flush(Family, Chain);
}
