using System.Text;
using System.Text.Json;

namespace NetGuard.Core.Docker;

/// <summary>Reads <c>"icc"</c> out of dockerd's configuration file. The rest is dockerd's business.</summary>
public static class DaemonJson
{
    private const string NoJson = "is no JSON";

    /// <summary>Reads it.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="icc">What it says; null where it says nothing.</param>
    /// <returns>Why dockerd would not start with it, as far as that shows here; null for a file that can be read.</returns>
    public static string? Read(ReadOnlySpan<byte> file, out bool? icc)
    {
        icc = null;
        var text = Utf8(file);
        if (text.IsWhiteSpace())
        {
            return null; // An empty file is a file that says nothing (moby, daemon/config: getConflictFreeConfiguration).
        }

        try
        {
            return Read(Encoding.UTF8.GetBytes(text.ToString()), out icc);
        }
        catch (JsonException)
        {
            icc = null;
            return NoJson;
        }
    }

    private static string? Read(byte[] utf8, out bool? icc)
    {
        icc = null;
        string? fault = null;
        var reader = new Utf8JsonReader(utf8);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return NoJson;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIcc = reader.ValueTextEquals("icc"u8);
            reader.Read();
            if (isIcc)
            {
                // The last one counts, as in Go.
                icc = reader.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };
                fault = icc is null && reader.TokenType != JsonTokenType.Null ? "has an \"icc\" that is neither true nor false" : null;
            }

            reader.Skip();
        }

        // What stands behind the closing brace is an exception.
        _ = reader.Read();
        return fault;
    }

    // Docker takes the mark of a byte order since 23.0, and the encoding that it stands for.
    private static ReadOnlySpan<char> Utf8(ReadOnlySpan<byte> file) =>
        (file switch
        {
            [0xef, 0xbb, 0xbf, .. var rest] => Encoding.UTF8.GetString(rest),
            [0xff, 0xfe, .. var rest] => Encoding.Unicode.GetString(rest),
            [0xfe, 0xff, .. var rest] => Encoding.BigEndianUnicode.GetString(rest),
            _ => Encoding.UTF8.GetString(file),
        }).AsSpan();
}
