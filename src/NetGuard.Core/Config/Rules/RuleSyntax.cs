using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Core.Config.Rules;

/// <summary>
/// Checks a rule before any tool sees it: it must be one rule for the chain under which it stands, and nothing else. Whether
/// iptables and the kernel take it is found out later, in the scratch namespace.
/// </summary>
internal sealed class RuleSyntax
{
    private readonly List<RuleWord> _words;
    private readonly ChainKey _chain;
    private readonly Family? _family;
    private readonly List<RuleFault> _faults = [];
    private int _next;
    private bool _hasTarget;
    private (Family Family, string Text, int Offset)? _address;

    private RuleSyntax(List<RuleWord> words, ChainKey chain, Family? family) => (_words, _chain, _family) = (words, chain, family);

    /// <summary>Checks a rule.</summary>
    /// <param name="text">What stands in the file.</param>
    /// <param name="chain">The chain that it is for.</param>
    /// <param name="family">The only family that it is for, where one was declared.</param>
    public static RuleText Check(string text, ChainKey chain, Family? family)
    {
        if (RuleLimits.Fault(text) is { } fault)
        {
            return new(null, [fault]);
        }

        List<RuleWord> words;
        try
        {
            words = RuleWords.Split(text);
        }
        catch (OpenQuoteException e)
        {
            return RuleText.Wrong(e.Offset, $"a quote is opened and never closed: {Printed.Quoted(text[e.Offset..])}");
        }

        if (words.Count > RuleLimits.MaxWords)
        {
            return RuleText.Wrong(0, $"the rule has {words.Count} words (at most {RuleLimits.MaxWords})");
        }

        return new RuleSyntax(words, chain, family).Check();
    }

    private RuleText Check()
    {
        foreach (var word in _words.Where(w => Encoding.UTF8.GetByteCount(w.Text) > RuleLimits.MaxWordBytes))
        {
            Fault(word, $"a word of {Encoding.UTF8.GetByteCount(word.Text)} bytes (at most {RuleLimits.MaxWordBytes})");
        }

        First(_words[0]);
        while (_next < _words.Count)
        {
            var word = _words[_next++];
            if (word.Text is "-" or "--")
            {
                Fault(word, $"'{word.Text}' is no option");
            }
            else if (word.Text.StartsWith("--", StringComparison.Ordinal))
            {
                Long(word);
            }
            else if (word.Text.StartsWith('-'))
            {
                Short(word);
            }
            else if (word.Text == "COMMIT")
            {
                Fault(word, "'COMMIT' ends a table in iptables-restore (it has no place in a rule)");
            }
        }

        var text = RuleWords.Join(_words.Select(w => w.Text));
        if (_faults.Count == 0 && RuleLimits.TooLong(text) is { } tooLong)
        {
            _faults.Add(tooLong);
        }

        return new(_faults.Count == 0 ? text : null, [.. _faults.OrderBy(f => f.Offset)], _address?.Family, _address?.Offset ?? 0);
    }

    private void First(RuleWord word)
    {
        if (word.Text is "iptables" or "ip6tables" or "sudo" or "iptables-nft" or "iptables-legacy" or "ip6tables-nft" or "ip6tables-legacy")
        {
            Fault(word, $"a rule is iptables' arguments alone (leave out '{word.Text}')");
        }
        else if (word.Text is not ("!" or "COMMIT") && !word.Text.StartsWith('-'))
        {
            Fault(word, $"a rule cannot begin with {Printed.Quoted(word.Text)} (expected an option such as -i or -p, or '!')");
        }
    }

    private void Long(RuleWord word)
    {
        var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
        var option = equals < 0 ? word.Text : word.Text[..equals];
        var inline = equals < 0 ? null : word.Text[(equals + 1)..];
        if (!option.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            Fault(word, $"{Printed.Quoted(option)} is no option");
        }
        else if (RuleOptions.AbbreviatedBy(option) is { } whole)
        {
            Fault(word, $"{Printed.Quoted(option)} is an abbreviation (write options out: '{whole}')");
            Skip();
        }
        else if (RuleOptions.Short(option) is { } known)
        {
            Known(word, option, known, inline);
        }
        else if (RuleOptions.FreeText.Contains(option) && Value(word, option, inline, isFree: true) is { } free)
        {
            FreeText(option, free);
        }
        else if (RuleOptions.Ports.Contains(option) && Value(word, option, inline) is { } ports && RulePorts.Fault(ports.Text) is { } fault)
        {
            Fault(ports, fault);
        }
    }

    private void Short(RuleWord word)
    {
        var option = word.Text.Length < 2 ? word.Text : word.Text[..2];
        var isOfRules = RuleOptions.OfRules.ContainsKey(option);
        if (RuleOptions.Ports.Contains($"-{word.Text}") || RuleOptions.FreeText.Contains($"-{word.Text}")
            || (word.Text.Length > 2 && RuleOptions.Short($"-{word.Text}") is not null))
        {
            Fault(word, $"{Printed.Quoted(word.Text)} is no option (did you mean '-{word.Text}')");
            Skip();
        }
        else if (isOfRules && word.Text.Length > 2)
        {
            Fault(word, $"{Printed.Quoted(word.Text)} runs an option and its value together (write {Printed.Quoted($"{option} {word.Text[2..]}")})");
        }
        else if (isOfRules || RuleOptions.Commands.ContainsKey(option) || RuleOptions.OfTheTool.ContainsKey(option))
        {
            Known(word, word.Text, option, null);
        }
        else
        {
            var expected = Printed.Or([.. RuleOptions.OfRules.Keys]);
            Fault(word, $"{Printed.Quoted(word.Text)} is no option of a rule (expected {expected}, or a long option)");
        }
    }

    private void Known(RuleWord word, string written, string option, string? inline)
    {
        if (!RuleOptions.OfRules.ContainsKey(option))
        {
            var values = inline is null ? Skip().Select(v => v.Text).ToArray() : [inline];
            Fault(word, RuleHints.NotInARule(written, option, values, _chain));
        }
        else if (option != "-f" && Value(word, written, inline) is { } value)
        {
            OfRules(word, written, option, value);
        }
    }

    private void OfRules(RuleWord word, string written, string option, RuleWord value)
    {
        if (option is "-s" or "-d")
        {
            Address(written, value);
        }
        else if (option is "-i" or "-o" && Encoding.UTF8.GetByteCount(value.Text) is > InterfaceName.MaxBytes and var bytes)
        {
            Fault(value, $"the interface name {Printed.Quoted(value.Text)} is {bytes} bytes long (at most {InterfaceName.MaxBytes})");
        }
        else if (option is "-j" or "-g")
        {
            Target(word, written, value);
        }
    }

    private void Target(RuleWord word, string written, RuleWord target)
    {
        if (_hasTarget)
        {
            Fault(word, $"a second target, '{written} {target.Text}' (a rule has one)");
        }
        else if (target.Text == _chain.Chain.Value)
        {
            Fault(target, $"a jump from {_chain} into itself");
        }
        else if (_chain.Table.BuiltinChains.Contains(target.Text))
        {
            Fault(target, $"a jump to {target.Text} (nothing can jump to a built-in chain)");
        }

        _hasTarget = true;
    }

    private void Address(string option, RuleWord value)
    {
        if (RuleAddress.Read(value.Text, out var family) is { } fault)
        {
            Fault(value, fault);
        }
        else if (family is { } own && _family is { } declared && own != declared)
        {
            Fault(value, $"{Printed.Quoted(value.Text)} is an {Title(own)} address behind {option}, but the rule's family is {declared.Name()}");
        }
        else if (family is { } other && _address is { } first && other != first.Family)
        {
            var both = $"an {Title(other)} address and {Printed.Quoted(first.Text)} an {Title(first.Family)} one";
            Fault(value, $"{Printed.Quoted(value.Text)} is {both} (no packet has both)");
        }
        else if (family is { } seen)
        {
            _address ??= (seen, value.Text, value.Start);
        }
    }

    private void FreeText(string option, RuleWord value)
    {
        if (option != "--comment")
        {
            return;
        }

        if (value.Text.StartsWith(Rule.TagPrefix, StringComparison.Ordinal))
        {
            Fault(value, $"comments that begin with '{Rule.TagPrefix}' are NetGuard's own (write 'name: ...' to name a rule)");
        }
        else if (Encoding.UTF8.GetByteCount(value.Text) is > 255 and var bytes)
        {
            Fault(value, $"a comment of {bytes} bytes (at most 255: iptables cuts off the rest in silence)");
        }
    }

    private RuleWord? Value(RuleWord word, string option, string? inline, bool isFree = false)
    {
        if (inline is not null)
        {
            return word with { Text = inline };
        }

        if (_next == _words.Count || (!isFree && (_words[_next].Text.Length == 0 || _words[_next].Text[0] == '-')))
        {
            Fault(word, $"'{option}' needs a value");
            return null;
        }

        return _words[_next++];
    }

    /// <summary>Passes over the words that belong to an option which has no place here.</summary>
    private List<RuleWord> Skip()
    {
        var start = _next;
        while (_next < _words.Count && !_words[_next].Text.StartsWith('-') && _words[_next].Text != "!")
        {
            _next++;
        }

        return _words[start.._next];
    }

    private void Fault(RuleWord word, string message) => _faults.Add(new(word.Start, message));

    private static string Title(Family family) => family == Family.Ipv4 ? "IPv4" : "IPv6";
}
