using System.Globalization;
using System.Text;
using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;

namespace NetGuard.Core.Tests.Worlds;

/// <summary>A chain as somebody left it.</summary>
public sealed record WorldChain(string Name, string? Policy, ValueList<string> Rules);

/// <summary>What is in the filter table, and what should be.</summary>
public sealed record World(ValueList<WorldChain> Chains, DesiredRuleset Desired)
{
    /// <summary>The text that loads it. Every rule has counted another number of packets, so that each can be told from the others.</summary>
    public string LoadText()
    {
        var text = new StringBuilder("*filter\n");
        foreach (var chain in Chains)
        {
            text.Append(CultureInfo.InvariantCulture, $":{chain.Name} {chain.Policy ?? "-"} [0:0]\n");
        }

        var number = 0;
        foreach (var (chain, rule) in Chains.SelectMany(c => c.Rules, (c, r) => (c.Name, r)))
        {
            text.Append(CultureInfo.InvariantCulture, $"[{++number}:{number * 60}] ").Append($"-A {chain} {rule}".TrimEnd()).Append('\n');
        }

        return text.Append("COMMIT\n").ToString();
    }

    /// <summary>For a failing test: what was there and what was wanted.</summary>
    public override string ToString() =>
        LoadText() + "wanted:\n" + string.Concat(Desired.Chains.Select(chain =>
            $"  {chain.Key}{(chain.Exclusive ? " exclusive" : "")} {chain.Policy}\n"
            + string.Concat(chain.Top.Select(r => $"    top {r.Name}: {r.Rule.Body}\n"))
            + string.Concat(chain.Bottom.Select(r => $"    bottom {r.Name}: {r.Rule.Body}\n"))));

    /// <summary>A chain and its rules, for examples.</summary>
    public static WorldChain Live(string name, params string[] rules) =>
        new(name, TableName.Filter.BuiltinChains.Contains(name) ? "ACCEPT" : null, [.. rules]);

    /// <summary>A chain as it should be, for examples. Rules are named r1, r2, ... from the first of the top to the last of the bottom.</summary>
    public static DesiredChain Want(string name, string[]? top = null, string[]? bottom = null, bool exclusive = false, ChainPolicy? policy = null)
    {
        var number = 0;
        DesiredRule Named(string body) => Rule($"r{++number}", body);
        return new(new ChainKey(TableName.Filter, new(name)))
        {
            Top = (top ?? []).Select(Named).ToValueList(),
            Bottom = (bottom ?? []).Select(Named).ToValueList(),
            Exclusive = exclusive,
            Policy = policy,
        };
    }

    public static DesiredRule Rule(string name, string body) => new(name, FakeXtables.Tagged(name, body), new("netguard.yaml", 1, 1));

    /// <summary>The text of a rule of NetGuard's.</summary>
    public static string Own(string name, string body) => FakeXtables.Tagged(name, body).Text;
}
