using NetGuard.Core.State;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace NetGuard.Core.Config.Yaml;

/// <summary>
/// Reads one file's text into nodes. Only the parser's events are used: its object model recurses without limit, and its
/// deserializer needs reflection.
/// </summary>
internal sealed class YamlText
{
    /// <summary>How deep values may be nested. The deepest that means anything is 6.</summary>
    public const int MaxDepth = 16;

    private readonly string _path;
    private readonly string _text;
    private readonly Mistakes _mistakes;
    private readonly Parser _parser;
    private readonly bool _hasPairs;
    private bool _stopped;

    private YamlText(ConfigFile file, Mistakes mistakes)
    {
        (_path, _mistakes) = (file.Path, mistakes);
        _text = file.Text.StartsWith('\ufeff') ? file.Text[1..] : file.Text;
        _hasPairs = _text.Any(char.IsSurrogate);
        _parser = new Parser(new StringReader(_text));
    }

    private ParsingEvent Current => _parser.Current ?? throw new YamlException("the text ends too early");

    /// <summary>The file's content; null where it holds none, broken where it cannot be read.</summary>
    public static Node? Read(ConfigFile file, Mistakes mistakes)
    {
        if (TextScan.Fault(file) is { } fault)
        {
            mistakes.Add(fault.At, fault.Message);
            return new BrokenNode(fault.At);
        }

        var reader = new YamlText(file, mistakes);
        try
        {
            var node = reader.Document();
            return reader._stopped ? new BrokenNode(new(file.Path, 1, 1)) : node;
        }
        catch (YamlException e)
        {
            var at = reader.At(e.Start);
            mistakes.Add(at, YamlFault.Message(e, reader.LineAt(e.Start)));
            return new BrokenNode(at);
        }
    }

    private Node? Document()
    {
        Next();
        Next();
        if (Current is not DocumentStart)
        {
            return null;
        }

        Next();
        var root = Read(1);
        while (!_stopped && Move())
        {
            if (_parser.Current is DocumentStart second)
            {
                Stop(At(second.Start), "a second document begins here (a file holds one)");
            }
        }

        return root.IsNull ? null : root;
    }

    private Node Read(int depth)
    {
        var here = Current;
        var at = At(here.Start);
        if (here is AnchorAlias)
        {
            Next();
            return Broken(
                at,
                "an alias (write the value out, or put quotes around a text that begins with '*': anchors and aliases are not taken here)");
        }

        if (depth > MaxDepth && here is not Scalar)
        {
            Stop(at, $"nested deeper than {MaxDepth} levels");
            return new BrokenNode(at);
        }

        var isBroken = here is NodeEvent node && IsBroken(node, at);
        Next();
        Node read = here switch
        {
            Scalar scalar => Single(scalar, at),
            SequenceStart => List(at, depth),
            _ => Mapping(at, depth),
        };
        return isBroken ? new BrokenNode(at) : read;
    }

    private static ScalarNode Single(Scalar scalar, SourceLocation at)
    {
        var isPlain = scalar.Style == ScalarStyle.Plain;
        return new(at, scalar.Value, isPlain, isPlain && scalar.Start.Line == scalar.End.Line);
    }

    private ListNode List(SourceLocation at, int depth)
    {
        var items = new List<Node>();
        while (!_stopped && Current is not SequenceEnd)
        {
            items.Add(Read(depth + 1));
        }

        Next();
        return new(at, items);
    }

    private MappingNode Mapping(SourceLocation at, int depth)
    {
        var entries = new List<MappingEntry>();
        while (!_stopped && Current is not MappingEnd)
        {
            var key = Read(depth + 1);
            if (_stopped)
            {
                break;
            }

            var value = Read(depth + 1);
            if (key is ScalarNode scalar)
            {
                entries.Add(new(scalar.Text, scalar, value));
            }
            else if (key is not BrokenNode)
            {
                _mistakes.Add(key.At, $"{key.Kind} as a key (expected a word)");
            }
        }

        Next();
        return new(at, entries);
    }

    private bool IsBroken(NodeEvent node, SourceLocation at)
    {
        if (!node.Anchor.IsEmpty)
        {
            _mistakes.Add(at, $"an anchor, {Printed.Quoted($"&{node.Anchor.Value}")} (write the value out: anchors and aliases are not taken here)");
        }

        if (node.Tag.IsEmpty)
        {
            return false;
        }

        // "- ! -i eth0 -j DROP" is the tag "!" and the opposite rule to YAML.
        _mistakes.Add(at, node.Tag.IsNonSpecific
            ? "YAML takes the '!' for a tag and drops it (put quotes around a rule that begins with '!')"
            : $"a tag, {Printed.Quoted(node.Tag.Value)} (tags are not taken here; put quotes around a text that begins with '!')");
        return true;
    }

    private BrokenNode Broken(SourceLocation at, string message)
    {
        _mistakes.Add(at, message);
        return new(at);
    }

    private void Stop(SourceLocation at, string message)
    {
        _mistakes.Add(at, message);
        _stopped = true;
    }

    private void Next()
    {
        if (!_stopped && !Move())
        {
            throw new YamlException("the text ends too early");
        }
    }

    /// <summary>
    /// The parser throws more than it declares: ArgumentException for the tag <c>!!x([</c>, InvalidOperationException for text behind
    /// the last document. Nothing else than the parser is in this net.
    /// </summary>
    private bool Move()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception e) when (e is not (YamlException or OutOfMemoryException))
        {
            var at = _parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, e.Message, e);
        }
    }

    private SourceLocation At(Mark mark)
    {
        var column = (int)mark.Column;
        if (_hasPairs)
        {
            var start = Math.Clamp((int)mark.Index - (column - 1), 0, _text.Length);
            column = Printed.Characters(_text.AsSpan(start, Math.Min(column - 1, _text.Length - start))) + 1;
        }

        return new(_path, (int)mark.Line, column);
    }

    private ReadOnlySpan<char> LineAt(Mark mark)
    {
        var rest = _text.AsSpan(Math.Clamp((int)(mark.Index - mark.Column + 1), 0, _text.Length));
        return rest.IndexOfAny('\r', '\n') is var end && end >= 0 ? rest[..end] : rest;
    }
}
