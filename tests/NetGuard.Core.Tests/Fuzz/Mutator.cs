namespace NetGuard.Core.Tests.Fuzz;

/// <summary>Makes a new input from old ones, in the ways that AFL has shown to get far.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> dictionary)
{
    private static readonly byte[] Interesting = [0, 1, 2, 3, 4, 8, 16, 32, 64, 127, 128, 255, (byte)'"', (byte)'\\', (byte)'\n', (byte)' ', (byte)'-', (byte)':', (byte)'[', (byte)'{', (byte)'&', (byte)'*'];

    private readonly Random _random = new(seed);

    public byte[] Mutate(List<byte[]> corpus, int maxLength)
    {
        var bytes = new List<byte>(corpus[_random.Next(corpus.Count)]);
        for (var i = _random.Next(1, 6); i > 0; i--)
        {
            Once(bytes, corpus);
        }

        return [.. bytes.Count > maxLength ? bytes[..maxLength] : bytes];
    }

    private void Once(List<byte> bytes, List<byte[]> corpus)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(bytes.Count - at, _random.Next(8) == 0 ? _random.Next(256) : _random.Next(16));
        switch (_random.Next(11))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = Interesting[_random.Next(Interesting.Length)];
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                var from = _random.Next(bytes.Count + 1);
                bytes.InsertRange(at, bytes.GetRange(from, Math.Min(bytes.Count - from, _random.Next(64))));
                break;
            case 6 when dictionary.Count > 0:
                bytes.InsertRange(at, dictionary[_random.Next(dictionary.Count)]);
                break;
            case 7 when dictionary.Count > 0:
                var word = dictionary[_random.Next(dictionary.Count)];
                bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
            case 8:
                var other = corpus[_random.Next(corpus.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[Math.Min(other.Length, _random.Next(other.Length + 1))..]);
                break;
            case 9 when _random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 10 when _random.Next(20) == 0:
                // Deep nesting and long words.
                bytes.InsertRange(at, Enumerable.Repeat(Interesting[_random.Next(Interesting.Length)], _random.Next(4000)));
                break;
        }
    }
}
