using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.TestBed;

/// <summary>A namespace with Docker's rules in it, as many tests of one class share that change nothing; and a folder for configurations.</summary>
public sealed class DockerHost : IAsyncLifetime
{
    public const string Layout = "docker-20.10-icc-false-link.rules";

    private Netns? _netns;

    public Netns Netns => _netns!;

    public ConfigDir Files { get; } = new();

    private string? Before { get; set; }

    /// <summary>Fails if anything in the namespace is not as it was when the class began.</summary>
    public async Task AssertUntouched() => Assert.Equal(Before, await Netns.World());

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        await _netns.LoadLayout(Backend.Nft, Family.Ipv4, Layout);
        await _netns.LoadLayout(Backend.Nft, Family.Ipv6, Layout + "6");
        Before = await _netns.World();
    }

    public async ValueTask DisposeAsync()
    {
        await Netns.DisposeAsync();
        Files.Dispose();
    }
}
