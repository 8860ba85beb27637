using NetGuard.Core.Config.Yaml;

namespace NetGuard.Core.Config;

/// <summary>The words that a key takes, and what each means.</summary>
/// <typeparam name="T">The meaning.</typeparam>
/// <param name="words">The words.</param>
/// <param name="meant">Words that people write instead, with the right one.</param>
internal sealed class Vocabulary<T>(IReadOnlyList<(string Word, T Value)> words, IReadOnlyList<(string Written, string Meant)> meant)
{
    /// <summary>The words in the order in which they are offered.</summary>
    public IReadOnlyList<string> Words { get; } = [.. words.Select(w => w.Word)];

    /// <summary>Reads a word; false where it is none of these, which is reported.</summary>
    public bool TryRead(Node node, string what, Mistakes mistakes, out T value)
    {
        value = default!;
        if (Expect.Scalar(node, what, Printed.Or(Words), mistakes) is not { } scalar)
        {
            return false;
        }

        foreach (var (word, meaning) in words)
        {
            if (word == scalar.Text)
            {
                value = meaning;
                return true;
            }
        }

        var near = meant.FirstOrDefault(m => m.Written.Equals(scalar.Text, StringComparison.OrdinalIgnoreCase)).Meant
            ?? Spelling.Nearest(scalar.Text, Words);
        var guess = near is null ? "" : $"; did you mean '{near}'";
        mistakes.Add(scalar.At, $"{what} is {Printed.Quoted(scalar.Text)} (expected {Printed.Or(Words)}{guess})");
        return false;
    }
}
