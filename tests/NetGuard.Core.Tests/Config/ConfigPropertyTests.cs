using System.Globalization;
using System.Text;
using CsCheck;
using NetGuard.Core.Config;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class ConfigPropertyTests
{
    private static readonly string Example = Packaging.Read("examples/netguard.yaml");

    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.OneOf(
            ": ", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "'", "\"", "&a", "*a", "!", "!!x", "<<", "|", ">", "? ", "#", "\t", "%", "@", "\\",
            "\0", "\u0085", "\u2028", "\ufeff", "\ud83d", "\ude00", "---\n", "...\n", "\r", "~", "null", "on", "DROP", "FORWARD", "DOCKER-USER", "-j", "-s ",
            "::1", "10.0.0.0/8", "--comment ", "rules", "chains", "sysctls", "forwarding", "interfaces", "mode", "families", "policy", "net.ipv4.", "1"),
        Gen.String[0, 6],
        Gen.OneOf([.. ConfigKeys.Root.Concat(ConfigKeys.Chain).Concat(ConfigKeys.Rule).Concat(ConfigKeys.Docker).Concat(ConfigKeys.DockerLink).Concat(ConfigKeys.DockerPublished).Select(k => $"\n{k}: ")]));

    private static readonly Gen<string> Soup = Piece.Array[0, 40].Select(string.Concat);

    private static readonly Gen<string> Mutated = Gen.Select(Gen.Int[0, Example.Length - 1], Gen.Int[0, 12], Piece)
        .Array[1, 6]
        .Select(edits => edits.Aggregate(Example, (text, e) => Edit(text, Math.Min(e.Item1, text.Length), e.Item2, e.Item3)));

    [Fact]
    public void AnyTextIsAnswered() => Soup.Sample(text => Answered(text), iter: 20_000);

    [Fact]
    public void AnyMutationOfTheExampleIsAnswered() => Mutated.Sample(text => Answered(text), iter: 3_000);

    [Fact]
    public void AnyRuleIsAnswered() =>
        Gen.OneOf(Piece, Gen.OneOf(" ", " -", " --", " -m comment --comment ", " -A ", " ! ")).Array[0, 12].Select(string.Concat).Sample(
            rule =>
            {
                var quoted = $"'{rule.Replace("'", "''", StringComparison.Ordinal)}'";
                var result = ConfigText.Parse(ConfigText.WithRule(quoted));
                return OneLineEach(result) && (result.Config is not { } config || IsSafe(config.Chains[0].Rules[0].Text));
            },
            iter: 20_000);

    [Fact]
    public void EveryBeginningOfTheExampleIsAnswered()
    {
        for (var length = 0; length < Example.Length; length += 3)
        {
            Assert.True(Answered(Example[..length]));
        }
    }

    [Fact]
    public void AnyTwoFilesAreAnswered() =>
        Gen.Select(Soup, Soup).Sample(files => OneLineEach(ConfigText.Parse(files.Item1, files.Item2)), iter: 5_000);

    [Fact]
    public void WhatWasWrittenIsRead() =>
        ConfigGen.Config.Sample(
            config =>
            {
                var read = ConfigText.Config(Write(config));
                Assert.Equal(Say(config), Say(read));
            },
            iter: 1_000);

    [Fact]
    public void AFileMayBeSplitIntoDropInsAnywhere() =>
        ConfigGen.Config.Where(c => c.Chains.Count > 0).Sample(
            config =>
            {
                var pieces = config.Chains.Select(c => Write(config with { Sysctls = [], Chains = [c] })).ToArray();
                Assert.Equal(Say(config), Say(ConfigText.Config([Write(config with { Chains = [] }), .. pieces])));
            },
            iter: 300);

    private static string Edit(string text, int at, int cut, string piece) => text[..at] + piece + text[Math.Min(at + cut, text.Length)..];

    private static bool Answered(string text) => OneLineEach(ConfigText.Parse(text));

    private static bool OneLineEach(ConfigResult result) =>
        result.Config is null == result.Mistakes.Count > 0
        && result.Mistakes.Count == 0 == result.Config is not null
        && result.Mistakes.All(m => !m.ToString().Any(char.IsControl) && m.At.Line >= 0);

    /// <summary>One line, no other than printable characters, and nothing that iptables-restore takes for more than a rule.</summary>
    private static bool IsSafe(string text) =>
        !text.Any(char.IsControl) && text.Length > 0 && text[0] is '-' or '!' or '"' && RuleWords.Join(RuleWords.Split(text).Select(w => w.Text)) == text
        && Encoding.UTF8.GetByteCount(text) <= 8192;

    private static string Say(GuardConfig config)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{config.Mode} {config.Interval.TotalMilliseconds} {config.Backend} {string.Join(',', config.Families)}"),
        };
        lines.AddRange(config.Sysctls.Select(s => $"{s.Key}={s.Value}"));
        foreach (var chain in config.Chains)
        {
            lines.Add($"{chain.Key} {chain.Exclusive} {chain.Family} {string.Join(',', chain.Policies.Select(p => $"{p.Family}:{p.Policy}"))}");
            lines.AddRange(chain.Rules.Select(r => $"  {r.Name} {r.Text} {r.Position} {r.Family ?? chain.Family}"));
        }

        return string.Join('\n', lines);
    }

    private static string Write(GuardConfig config)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"mode: {(config.Mode == GuardMode.Audit ? "audit" : "enforce")}\n");
        text.Append(CultureInfo.InvariantCulture, $"interval: {config.Interval.TotalMilliseconds}ms\nbackend: {config.Backend?.Name() ?? "auto"}\n");
        text.Append(CultureInfo.InvariantCulture, $"families: [{string.Join(", ", config.Families.Select(f => f.Name()))}]\n");
        text.Append(CultureInfo.InvariantCulture, $"sysctls: {{{string.Join(", ", config.Sysctls.Select(s => $"{s.Key}: {s.Value}"))}}}\n");
        text.Append(config.Chains.Count == 0 ? "" : "chains:\n");
        foreach (var chain in config.Chains)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {chain.Key}:\n    exclusive: {(chain.Exclusive ? "true" : "false")}\n");
            text.Append(chain.Family is { } family ? $"    family: {family.Name()}\n" : "");
            text.Append(chain.Policies.Count == 0 ? "" : $"    policy: {{{string.Join(", ", chain.Policies.Select(p => $"{p.Family.Name()}: {p.Policy.Name()}"))}}}\n");
            text.Append(chain.Rules.Count == 0 ? "    rules: []\n" : "    rules:\n");
            foreach (var rule in chain.Rules)
            {
                text.Append(CultureInfo.InvariantCulture, $"      - name: {rule.Name}\n        rule: '{rule.Text.Replace("'", "''", StringComparison.Ordinal)}'\n");
                text.Append(CultureInfo.InvariantCulture, $"        position: {(rule.Position == RulePosition.Top ? "top" : "bottom")}\n");
                text.Append(rule.Family is { } own ? $"        family: {own.Name()}\n" : "");
            }
        }

        return text.ToString();
    }
}
