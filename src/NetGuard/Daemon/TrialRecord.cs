using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetGuard.Core.Policy;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>What was there before a trial, to be put back even where the process that began it is gone.</summary>
/// <param name="Backend">The variant of iptables.</param>
/// <param name="Rulesets">The tables of each guarded family, with counters.</param>
/// <param name="Sysctls">The settings that may be changed.</param>
/// <param name="Declared">The chains that the configuration on trial names.</param>
/// <param name="Exclusive">Those of them in which it takes out strangers' rules.</param>
public sealed record TrialRecord(
    Backend Backend, ValueList<Ruleset> Rulesets, IReadOnlyDictionary<SysctlKey, string> Sysctls, IReadOnlySet<ChainKey> Declared, IReadOnlySet<ChainKey> Exclusive)
{
    /// <summary>Which chains matter, as far as it tells.</summary>
    public DesiredState Matters => new([.. Rulesets.Select(ruleset => new DesiredRuleset(ruleset.Family, [.. Declared.Select(chain => new DesiredChain(chain))]))], []);

    /// <summary>Writes it down.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(
        new TrialRecordJson(
            Backend, [.. Rulesets.Select(ruleset => new TrialFamilyJson(ruleset.Family, Text(ruleset), [.. ruleset.Unreadable.Select(table => table.Key.Value)], [.. ruleset.Dormant.Select(table => table.Value)], [.. ruleset.UnreadableChains.Select(chain => Text(chain.Key))]))],
            Sysctls.ToDictionary(pair => pair.Key.RelativePath, pair => pair.Value), [.. Declared.Select(Text)], [.. Exclusive.Select(Text)]),
        TrialShapes.Default.TrialRecordJson);

    /// <summary>Reads what was written down.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static TrialRecord FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var read = JsonSerializer.Deserialize(json, TrialShapes.Default.TrialRecordJson) ?? throw new FormatException("it is empty");
            return new(
                read.Backend, [.. read.Families.Select(Ruleset)], read.Sysctls.ToDictionary(pair => SysctlKey.Parse(pair.Key), pair => pair.Value),
                read.Declared.Select(Key).ToHashSet(), read.Exclusive.Select(Key).ToHashSet());
        }
        catch (Exception e) when (e is JsonException or UnreadableRulesetException or ArgumentException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static string Text(ChainKey key) => $"{key.Table} {key.Chain}";

    private static ChainKey Key(string text) => text.Split(' ') is [var table, var chain] && TableName.TryParse(table, out var name)
        ? new(name, new(chain)) : throw new FormatException($"no chain: {text}");

    private static TableName Table(string name) => TableName.TryParse(name, out var table) ? table : throw new FormatException($"no table: {name}");

    private static Ruleset Ruleset(TrialFamilyJson family) => RulesetParser.Parse(family.Family, family.Text) with
    {
        Unreadable = [.. family.Unreadable.Select(name => KeyValuePair.Create(Table(name), "it could not be read before"))],
        Dormant = [.. (family.Dormant ?? []).Select(Table)],
        UnreadableChains = [.. (family.UnreadableChains ?? []).Select(chain => KeyValuePair.Create(Key(chain), "it could not be read before"))],
    };

    // As iptables-save prints it.
    private static string Text(Ruleset ruleset)
    {
        var text = new StringBuilder();
        foreach (var table in ruleset.Tables)
        {
            text.Append('*').Append(table.Name.Value).Append('\n');
            foreach (var chain in table.Chains)
            {
                text.Append(':').Append(chain.Name.Value).Append(' ').Append(chain.Policy?.Name() ?? "-").Append(" [0:0]\n");
            }

            foreach (var (chain, rule) in table.Chains.SelectMany(chain => chain.Rules, (chain, rule) => (chain.Name, rule)))
            {
                text.Append('[').Append(rule.Counters ?? "0:0").Append("] -A ").Append(chain.Value).Append(' ').Append(rule.Text).Append('\n');
            }

            text.Append("COMMIT\n");
        }

        return text.ToString();
    }
}

internal sealed record TrialFamilyJson(Family Family, string Text, string[] Unreadable, string[]? Dormant = null, string[]? UnreadableChains = null);

internal sealed record TrialRecordJson(Backend Backend, TrialFamilyJson[] Families, Dictionary<string, string> Sysctls, string[] Declared, string[] Exclusive);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, UseStringEnumConverter = true)]
[JsonSerializable(typeof(TrialRecordJson))]
internal sealed partial class TrialShapes : JsonSerializerContext;
