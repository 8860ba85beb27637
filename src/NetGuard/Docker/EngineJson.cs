using System.Text.Json.Serialization;

namespace NetGuard.Docker;

/// <summary>What is taken of the engine's answers: moby, api/swagger.yaml, the same from 1.24 (Docker 1.12) to 1.52 (Docker 29).</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(NetworkJson))]
[JsonSerializable(typeof(ContainerJson))]
[JsonSerializable(typeof(KeptJson))]
internal sealed partial class EngineJson : JsonSerializerContext;

internal sealed record KeptJson(string? Socket, NetworkJson?[]? Networks, ContainerJson?[]? Containers);

internal sealed record NetworkJson(string? Id, string? Name, string? Driver, Dictionary<string, string?>? Options);

internal sealed record ContainerJson(
    string? Id, string?[]? Names, Dictionary<string, string?>? Labels, PortJson?[]? Ports, NetworkSettingsJson? NetworkSettings);

internal sealed record PortJson([property: JsonPropertyName("IP")] string? Ip, int PrivatePort, int PublicPort, string? Type);

internal sealed record NetworkSettingsJson(Dictionary<string, EndpointJson?>? Networks);

internal sealed record EndpointJson(
    [property: JsonPropertyName("NetworkID")] string? NetworkId,
    [property: JsonPropertyName("IPAddress")] string? Ipv4,
    [property: JsonPropertyName("GlobalIPv6Address")] string? Ipv6);
