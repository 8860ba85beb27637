using NetGuard.Core.Config.Rules;
using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Reads the rules of one chain.</summary>
internal sealed class RuleReader(ChainKey chain, Family? chainFamily, FamilyScope scope, Mistakes mistakes)
{
    private const string Expected = "iptables arguments, such as '-i eth0 -j DROP'";

    private readonly RuleNames _names = new(mistakes);

    /// <summary>Reads one item of <c>rules</c>; null where it is wrong, which is reported.</summary>
    public RuleConfig? Read(Node item) => item is MappingNode ? Mapping(item) : Finish(item, null, RulePosition.Top, chainFamily);

    private RuleConfig? Mapping(Node item)
    {
        if (Section.Of(item, "a rule", ConfigKeys.Rule, mistakes, Hint) is not { } section)
        {
            return null;
        }

        var name = section["name"] is { } named ? Name(named) : null;
        var position = RulePosition.Top;
        var isGood = section["position"] is not { } end || Vocabularies.Position.TryRead(end, "position", mistakes, out position);
        var family = chainFamily;
        if (section["family"] is { } node)
        {
            isGood &= Vocabularies.Family.TryRead(node, "family", mistakes, out var own) && scope.Holds(own, node.At);
            family = isGood ? own : null;
        }

        if (section["rule"] is not { } text)
        {
            if (!section.HasUnknown)
            {
                mistakes.Add(item.At, "a rule without its text (expected the key 'rule')");
            }

            return null;
        }

        return Finish(text, name, position, family);
    }

    private RuleConfig? Finish(Node node, string? name, RulePosition position, Family? family)
    {
        if (Expect.Scalar(node, "a rule", Expected, mistakes) is not { } scalar)
        {
            return null;
        }

        var checkedText = RuleSyntax.Check(scalar.Text, chain, family);
        foreach (var fault in checkedText.Faults)
        {
            mistakes.Add(scalar.Inside(fault.Offset), fault.Message);
        }

        if (checkedText.Text is not { } text
            || (family is null && checkedText.Addressed is { } addressed && !scope.Holds(addressed, scalar.Inside(checkedText.AddressOffset))))
        {
            return null;
        }

        return new(text, scalar.At) { Name = name ?? _names.Make(text), Position = position, Family = family };
    }

    private string? Name(Node node) =>
        Expect.Scalar(node, "name", "letters, digits, '.', '_' or '-'", mistakes) is { } scalar && _names.Take(scalar.Text, scalar.At)
            ? scalar.Text
            : null;

    private static string? Hint(string key) =>
        key.StartsWith('-') || key.StartsWith('!') ? "put quotes around a rule with ': ' in it"
        : key.Contains(' ', StringComparison.Ordinal) || key.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c))
            ? "put quotes around a rule with ',' in it where it stands between braces"
        : null;
}
