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

/// <summary>Somebody restores the rules of another host, which knows neither Docker nor NetGuard.</summary>
internal sealed record OthersDumpRestored(Family Family) : Mishap
{
    private static readonly string[] Input = ["-i lo -j ACCEPT", "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"];
    private static readonly string[] Custom = ["-p tcp -m tcp --dport 443 -j RETURN", "-j DROP"];

    public override Task<bool> Play(Stage stage) => stage.RestoreAll(
        Family, $"*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:CUSTOM - [0:0]\n{Lines("INPUT", Input)}-A FORWARD -j CUSTOM\n-A FORWARD -j ACCEPT\n{Lines("CUSTOM", Custom)}COMMIT\n");

    public override void Leave(Strangers strangers)
    {
        strangers.Replace(Family, null);
        strangers.SetPolicy(Family, "INPUT", "DROP");
        strangers.AddChain(Family, "CUSTOM");
        foreach (var (chain, rule) in Input.Select(rule => ("INPUT", rule)).Append((Declared.Forward, "-j CUSTOM")).Append((Declared.Forward, "-j ACCEPT")).Concat(Custom.Select(rule => ("CUSTOM", rule))))
        {
            strangers.AddRule(Family, chain, rule, onTop: false);
        }
    }

    private static string Lines(string chain, string[] rules) => string.Concat(rules.Select(rule => $"-A {chain} {rule}\n"));
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

/// <summary>A real Docker Engine is stopped and started: it makes its chains anew, and puts what is missing of its rules to the top.</summary>
internal sealed record DockerRestarted : Mishap
{
    private IReadOnlyList<(string Chain, string Rule)> _rules = [];

    public override async Task<bool> Play(Stage stage)
    {
        _rules = stage.Docker!.Rules;
        await stage.Docker.Restart();
        return true;
    }

    public override void Leave(Strangers strangers)
    {
        foreach (var chain in _rules.Select(rule => rule.Chain).Append("DOCKER").Distinct())
        {
            strangers.AddChain(Family.Ipv4, chain);
            if (chain is not (Declared.Forward or Declared.DockerUser))
            {
                strangers.Flush(Family.Ipv4, chain);
            }
        }

        foreach (var (chain, rule) in _rules.Where(rule => !strangers.Rules(Family.Ipv4, rule.Chain, Strangers.Nobody).Contains(rule.Rule)))
        {
            strangers.AddRule(Family.Ipv4, chain, rule, onTop: chain == Declared.Forward);
        }
    }

    public override string ToString() => nameof(DockerRestarted);
}
