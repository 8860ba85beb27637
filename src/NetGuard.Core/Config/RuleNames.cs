using System.Globalization;
using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>The names of one chain's rules: those given, and those made for the rest.</summary>
internal sealed class RuleNames(Mistakes mistakes)
{
    private const int MaxLength = 64;

    private static readonly string[] Reserved = ["r-", "reach-"];

    private readonly Dictionary<string, SourceLocation> _given = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _made = new(StringComparer.Ordinal);

    /// <summary>Takes a given name; false where it cannot be one, which is reported.</summary>
    public bool Take(string name, SourceLocation at)
    {
        if (Fault(name) is { } fault)
        {
            mistakes.Add(at, fault);
            return false;
        }

        if (!_given.TryAdd(name, at))
        {
            mistakes.Add(at, $"two rules of this chain are called {Printed.Quoted(name)} (the first at {_given[name]})");
            return false;
        }

        return true;
    }

    /// <summary>
    /// Makes a name from a rule's text, so that the rule keeps it wherever it moves in the file. The same rule may stand
    /// in a chain more than once.
    /// </summary>
    public string Make(string text)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"r-{Hash(text):x8}");
        var count = _made[name] = _made.GetValueOrDefault(name) + 1;
        return count == 1 ? name : $"{name}-{count}";
    }

    // FNV-1a, 32 bits. .NET's own hashes load OpenSSL, or differ from one run to the next.
    private static uint Hash(string text)
    {
        var hash = 2166136261;
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            hash = unchecked((hash ^ b) * 16777619);
        }

        return hash;
    }

    private static string? Fault(string name) => name switch
    {
        _ when name.Length is 0 or > MaxLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') =>
            $"{Printed.Quoted(name)} cannot be a rule's name (expected 1 to {MaxLength} letters, digits, '.', '_' or '-')",
        _ when Reserved.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix =>
            $"{Printed.Quoted(name)}: names that begin with '{prefix}' are NetGuard's own (choose another)",
        _ => null,
    };
}
