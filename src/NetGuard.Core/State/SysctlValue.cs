namespace NetGuard.Core.State;

/// <summary>How values of kernel settings are compared.</summary>
public static class SysctlValue
{
    /// <summary>The value with every run of blanks, tabs and line ends as one space, and none at the ends.</summary>
    public static string Normalise(string value) => value.Any(char.IsWhiteSpace) ? string.Join(' ', Words(value)) : value;

    /// <summary>Whether a setting shows <paramref name="shown"/> once <paramref name="written"/> was written to it.</summary>
    /// <remarks>The kernel reads as many numbers as the setting has and ignores what follows them, so that
    /// <c>1 # for Docker</c> is 1 (measured on 6.18: proc_dointvec).</remarks>
    public static bool Agree(string written, string shown)
    {
        string[] have = Words(written), want = Words(shown);
        return have.AsSpan().SequenceEqual(want)
            || (have.Length > want.Length && want is not [] && want.All(IsNumber) && have.AsSpan(0, want.Length).SequenceEqual(want));
    }

    private static bool IsNumber(string word) => word.TrimStart('-') is { Length: > 0 } digits && digits.All(char.IsAsciiDigit);

    private static string[] Words(string value) => value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
