using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>The kernel's form of a shape, cut at its blanks.</summary>
internal sealed class RuleTemplate
{
    private readonly List<(string Text, Func<RuleBlanks, string>? Blank)> _parts = [];

    /// <summary>Cuts.</summary>
    /// <param name="family">The family whose stand-ins it has.</param>
    /// <param name="form">What iptables-save printed, the tag left out.</param>
    public RuleTemplate(Family family, Rule form)
    {
        (string StandIn, Func<RuleBlanks, string> Blank)[] blanks =
        [
            (RuleShape.Source(family), b => b.Source),
            (RuleShape.Destination(family), b => b.Destination),
            (RuleShape.In, b => RuleWords.Join(b.In)),
            (RuleShape.Out, b => RuleWords.Join(b.Out)),
            (RuleShape.Port, b => b.Port),
        ];
        foreach (var word in RuleWords.Split(form.Text))
        {
            var shown = form.Text[word.Start..word.End];
            var blank = word.Text.StartsWith(Rule.TagPrefix, StringComparison.Ordinal)
                ? (IsTag: true, Blank: null)
                : (IsTag: false, blanks.FirstOrDefault(b => b.StandIn == word.Text).Blank);
            _parts.Add(blank.IsTag ? ("", null) : blank.Blank is null ? (shown, null) : ("", blank.Blank));
        }
    }

    /// <summary>Fills in.</summary>
    /// <param name="name">What the rule is called.</param>
    /// <param name="blanks">What stands in the blanks.</param>
    /// <param name="at">Where the rule comes from.</param>
    public DesiredRule Fill(string name, RuleBlanks blanks, SourceLocation at)
    {
        var text = new StringBuilder(160);
        foreach (var (part, blank) in _parts)
        {
            text.Append(text.Length > 0 ? " " : "");
            _ = blank is not null ? text.Append(blank(blanks))
                : part.Length > 0 ? text.Append(part)
                : text.Append('"').Append(Rule.TagPrefix).Append(name).Append('"');
        }

        return new(name, new(text.ToString()), at);
    }
}
