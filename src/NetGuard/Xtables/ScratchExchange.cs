using System.Text.Json.Serialization;

namespace NetGuard.Xtables;

/// <summary>A tool to run in the scratch service, on one line of JSON.</summary>
/// <param name="Tool">Its file name; the service finds it itself.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Input">What it reads on standard input; null for nothing.</param>
public sealed record ScratchRequest(string Tool, string[] Arguments, string? Input);

/// <summary>What came of it, on one line of JSON. The first reply comes unasked, when the service is ready.</summary>
/// <param name="ExitCode">The tool's exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Failure">Why it could not be run at all; null where it was.</param>
public sealed record ScratchReply(int ExitCode, string Output, string Error, string? Failure);

/// <summary>The two as JSON.</summary>
[JsonSerializable(typeof(ScratchRequest))]
[JsonSerializable(typeof(ScratchReply))]
internal sealed partial class ScratchShapes : JsonSerializerContext;
