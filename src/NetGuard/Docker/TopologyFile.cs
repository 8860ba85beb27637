using System.Text.Json;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Docker;

/// <summary>
/// Keeps what was known last for whoever starts while Docker does not answer: what was denied stays denied. It is read as sceptically as the engine's
/// own words, and counts as assumed until the engine has said something.
/// </summary>
/// <param name="path">Where, in a folder that only root and the daemon's own user can write.</param>
public sealed class TopologyFile(string path)
{
    private const int MaxLength = 32 * 1024 * 1024;

    /// <summary>What was known last of the engine at a socket; null where nothing is kept, or what is kept is damaged.</summary>
    public Topology? Read(string socket)
    {
        try
        {
            using var file = File.OpenRead(path);
            var kept = file.Length <= MaxLength ? JsonSerializer.Deserialize(file, EngineJson.Default.KeptJson) : null;
            if (kept is not { Networks: { } networks, Containers: { } containers } || kept.Socket != socket)
            {
                return null;
            }

            return new Topology(
                networks.OfType<NetworkJson>().Select(EngineTopology.Network).OfType<DockerNetwork>().ToValueList(),
                containers.OfType<ContainerJson>().Select(EngineTopology.Container).OfType<DockerContainer>().ToValueList())
            {
                IsKnown = false,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps it, in place of another. Where that fails, the next daemon knows nothing until Docker answers.</summary>
    public void Write(string socket, Topology topology)
    {
        var draft = path + ".new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Delete(draft);
            using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                JsonSerializer.Serialize(file, new KeptJson(socket, [.. topology.Networks.Select(EngineTopology.Json)], [.. topology.Containers.Select(EngineTopology.Json)]), EngineJson.Default.KeptJson);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is a convenience: the rules in force do not depend on it.
        }
    }
}
