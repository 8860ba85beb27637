using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Cli;

/// <summary>The plan that <c>netguard diff</c> prints.</summary>
internal static class Plan
{
    /// <summary>Its lines, as one would paste them into a shell.</summary>
    public static string Of(ProgramResult diff) =>
        string.Concat(diff.Output.Split('\n').SkipWhile(line => line != "netguard apply would do:").Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Trim() + "\n"));
}
