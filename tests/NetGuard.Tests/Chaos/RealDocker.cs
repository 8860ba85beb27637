using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Chaos;

/// <summary>A real Docker Engine where one is installed, and its rules as it makes them for IPv4.</summary>
internal sealed class RealDocker(DockerBed bed, IReadOnlyList<(string Chain, string Rule)> rules) : IAsyncDisposable
{
    /// <summary>The namespace that it is in.</summary>
    public Netns Netns => bed.Host;

    /// <summary>The rules of the filter table, in their order.</summary>
    public IReadOnlyList<(string Chain, string Rule)> Rules => rules;

    /// <summary>Whether there is one to start.</summary>
    public static bool IsInstalled => new[] { "/usr/sbin", "/usr/bin", "/usr/local/bin" }.Any(folder => File.Exists($"{folder}/dockerd"));

    public static async Task<RealDocker> Start(Backend backend)
    {
        var bed = await DockerBed.Create(backend, "--icc=false");
        var filter = (await bed.Host.Save(backend, Family.Ipv4)).Split('\n').SkipWhile(line => line != "*filter").TakeWhile(line => line != "COMMIT");
        return new(bed, [.. filter.Select(line => line.Split(' ', 3)).Where(words => words is ["-A", _, _]).Select(words => (words[1], words[2]))]);
    }

    /// <summary>Stops it and starts it.</summary>
    public async Task Restart()
    {
        await bed.StopEngine();
        await bed.StartEngine();
    }

    public ValueTask DisposeAsync() => bed.DisposeAsync();
}
