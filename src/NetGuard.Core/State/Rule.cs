using System.Globalization;

namespace NetGuard.Core.State;

/// <summary>
/// A rule in the kernel's own form: what iptables-save prints behind <c>-A CHAIN</c>. Two rules are equal when these texts are.
/// </summary>
public sealed class Rule : IEquatable<Rule>
{
    /// <summary>What the comment of every rule that NetGuard writes begins with.</summary>
    public const string TagPrefix = "netguard:";

    // Options whose value is any text, "-j" among it, which iptables-save even prints without quotes.
    private static readonly HashSet<string> FreeText =
        ["--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string", "--name", "--hashlimit-name", "--label"];

    private Parts? _parts;

    /// <summary>Takes the text behind <c>-A CHAIN</c>.</summary>
    public Rule(string text) => Text = text;

    /// <summary>The whole text, the tag included.</summary>
    public string Text { get; }

    /// <summary>What the rule has counted, <c>packets:bytes</c>; null where nobody asked. No part of what the rule is.</summary>
    public string? Counters { get; init; }

    /// <summary>Whether NetGuard wrote the rule: it carries the tag.</summary>
    public bool IsOwned => Owner is not null;

    /// <summary>The NAME of the tag <c>netguard:NAME</c>, or null on a stranger's rule.</summary>
    public string? Owner => Analysed.Owner;

    /// <summary>The text without the tag: what the rule does. This is what a desired rule is compared by.</summary>
    public string Body => Analysed.Body;

    /// <summary>The body up to the target: which packets the rule is for. Empty for all of them.</summary>
    public string Match => Without(Text[..Analysed.JumpAt], Analysed.TagAt, Analysed.TagEnd);

    /// <summary>The target or chain behind <c>-j</c> or <c>-g</c>, or null where the rule only counts.</summary>
    public string? Target => Analysed.Target;

    /// <summary>Whether the rule goes to its chain (<c>-g</c>) and does not come back behind itself.</summary>
    public bool IsGoto => Analysed.IsGoto;

    /// <summary>Whether the text could not be taken apart: nothing is known of what the rule does.</summary>
    public bool IsOpaque => Analysed.IsOpaque;

    /// <summary>Whether the text can stand on one line of a restore. A comment of somebody else's may hold a line break.</summary>
    public bool IsOneLine => !Text.AsSpan().ContainsAny('\n', '\r');

    private Parts Analysed => _parts ??= Analyse(Text);

    /// <inheritdoc/>
    public bool Equals(Rule? other) => other is not null && string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Rule);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static Parts Analyse(string text)
    {
        List<RuleWord> words;
        try
        {
            words = RuleWords.Split(text);
        }
        catch (FormatException)
        {
            // Not a text that we can take apart: a stranger's, equal to nothing but itself.
            return new(null, text, text.Length, -1, -1, null, false, IsOpaque: true);
        }

        string? owner = null;
        var (tagStart, tagEnd) = (-1, -1);
        var (jumpStart, target, isGoto) = (-1, (string?)null, false);
        for (var i = 0; i + 1 < words.Count; i++)
        {
            if (words[i] is not { Quoted: false, Text: var option })
            {
                continue;
            }

            if (option == "--comment" && i >= 2 && words[i - 1].Text == "comment" && words[i - 2].Text == "-m"
                && words[i + 1].Text.StartsWith(TagPrefix, StringComparison.Ordinal))
            {
                owner = words[i + 1].Text[TagPrefix.Length..];
                (tagStart, tagEnd) = (words[i - 2].Start, words[i + 1].End);
            }
            else if (jumpStart < 0 && option is "-j" or "-g")
            {
                (jumpStart, target, isGoto) = (words[i].Start, Shared(words[i + 1].Text), option == "-g");
            }

            if (FreeText.Contains(option))
            {
                i++;
            }
        }

        return new(owner, Without(text, tagStart, tagEnd), jumpStart < 0 ? text.Length : jumpStart, tagStart, tagEnd, target, isGoto);
    }

    // One for all rules: most have one of these.
    private static string Shared(string target) => target switch { "ACCEPT" => "ACCEPT", "DROP" => "DROP", "RETURN" => "RETURN", "REJECT" => "REJECT", _ => target };

    private static string Without(string text, int start, int end) =>
        start < 0 || start >= text.Length
            ? text.Trim()
            : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, start).TrimEnd()} {text.AsSpan(Math.Min(end, text.Length)).TrimStart()}").Trim();

    // Where the text is taken apart, rather than its pieces: there may be 10,000 rules.
    private sealed record Parts(string? Owner, string Body, int JumpAt, int TagAt, int TagEnd, string? Target, bool IsGoto, bool IsOpaque = false);
}
