using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Docker;
using NetGuard.Xtables;

namespace NetGuard.Cli;

/// <summary>The JSON that <c>--json</c> prints. Names and meaning of its fields are kept from version to version.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckJson))]
[JsonSerializable(typeof(DiffJson))]
[JsonSerializable(typeof(ApplyJson))]
[JsonSerializable(typeof(ClearJson))]
[JsonSerializable(typeof(SnapshotJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(PauseJson))]
[JsonSerializable(typeof(ResumeJson))]
[JsonSerializable(typeof(ReloadJson))]
[JsonSerializable(typeof(EventJson))]
internal sealed partial class JsonShapes : JsonSerializerContext
{
    /// <summary>The shapes as they are printed: for programs and for people, so quotes stay quotes. No browser reads it.</summary>
    public static JsonShapes Printed =>
        field ??= new(new(Default.Options!) { TypeInfoResolver = null, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The same, an object to a line.</summary>
    public static JsonShapes OnALine =>
        field ??= new(new(Default.Options!) { TypeInfoResolver = null, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = false });

    /// <summary>Prints an object on standard output.</summary>
    public static void Write<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape) =>
        Console.WriteLine(JsonSerializer.Serialize(value, shape));
}

internal sealed record MistakeJson(string File, int Line, int Column, string Message)
{
    public static MistakeJson Of(ConfigMistake mistake) => new(mistake.At.File, mistake.At.Line, mistake.At.Column, mistake.Message);
}

internal sealed record RuleJson(string Chain, string Name, string Text, string[] Families);

internal sealed record CheckJson(bool Valid, MistakeJson[] Mistakes, string[] Warnings, string? Backend, RuleJson[] Rules);

internal sealed record DriftJson(
    string Kind, string? Family, string? Table, string? Chain, string? Rule, string? Sysctl, string? Expected, string? Actual, string? Note)
{
    public static DriftJson[] Of(ValueList<Drift> drifts) => [.. drifts.Select(drift => new DriftJson(
        drift.Kind.Name(), drift.Family?.Name(), drift.Table?.Value, drift.Chain?.Chain.Value, drift.Rule, drift.Sysctl?.ToString(),
        drift.Expected, drift.Actual, drift.Note))];
}

internal sealed record WaitingJson(string Family, string Table, string Chain, string? Rule, string For)
{
    public static WaitingJson[] Of(ValueList<Waiting> waiting) => [.. waiting.Select(one => new WaitingJson(
        one.Family.Name(), one.Chain.Table.Value, one.Chain.Chain.Value, one.Rule, one.For.Chain.Value))];
}

internal sealed record DiffJson(bool InSync, string Backend, DriftJson[] Drifts, WaitingJson[] Waiting, string[] Plan, string[] Warnings)
{
    public LinkJson[]? Links { get; init; }

    public ExposedJson[]? Exposed { get; init; }

    public static DiffJson Of(Preparation preparation, Assessment assessment) => new(
        assessment.Drifts.Count == 0, preparation.Choice.Backend.Name(), DriftJson.Of(assessment.Drifts), WaitingJson.Of(assessment.Waiting),
        [.. assessment.PlanLines(XtablesTools.Variant(preparation.Choice.Backend))], [.. preparation.Warnings, .. preparation.DockerWarnings()])
    {
        Links = preparation.Config.Docker is { Links.Count: > 0 } docker ? LinkJson.Of(docker, preparation.Topology) : null,
        Exposed = preparation.Config.Docker is { } declared ? ExposedJson.Of(declared, preparation.Topology) : null,
    };
}

internal sealed record LinkJson(string From, string To, string[] Ports, string[] FromContainers, string[] ToContainers, string[] Pairs, string? Waiting)
{
    public static LinkJson[] Of(DockerConfig config, Topology topology) => [.. LinkResolution.Of(config, topology).Select(one => new LinkJson(
        one.Link.From.ToString(), one.Link.To.ToString(), [.. one.Link.Ports.Select(p => p.ToString())], [.. one.From], [.. one.To],
        [.. one.Pairs.Select(p => $"{p.FromName} -> {p.ToName} on {p.Network.Name}")], one.Waiting))];
}

internal sealed record ExposedJson(string Port, string Container, string[] Interfaces)
{
    public static ExposedJson[] Of(DockerConfig config, Topology topology) =>
        [.. ExposedPort.Of(config, topology, HostInterfaces.Read(topology)).Select(one => new ExposedJson(one.HostPort, one.Container, [.. one.Interfaces]))];
}

internal sealed record ApplyJson(
    bool InSync, string Backend, double Milliseconds, DriftJson[] Repaired, DriftJson[] Remaining, WaitingJson[] Waiting, string[] Failures, string[] Warnings)
{
    /// <summary>What became of a trial; null where there was none.</summary>
    public bool? Confirmed { get; init; }

    public string[]? RolledBack { get; init; }

    public string[]? NotRolledBack { get; init; }

    public static ApplyJson Of(Preparation preparation, Outcome outcome) => new(
        outcome.InSync, preparation.Choice.Backend.Name(), Math.Round(outcome.Elapsed.TotalMilliseconds, 3), DriftJson.Of(outcome.Repaired),
        DriftJson.Of(outcome.Remaining), WaitingJson.Of(outcome.Waiting), [.. outcome.Failures], [.. preparation.Warnings]);
}

internal sealed record ClearJson(string[] Removed);

internal sealed record SnapshotRuleJson(string Text, string? Owner);

internal sealed record SnapshotChainJson(string Family, string Table, string Chain, string? Policy, SnapshotRuleJson[] Rules);

internal sealed record SnapshotJson(string Backend, SnapshotChainJson[] Chains, Dictionary<string, string> Sysctls);
