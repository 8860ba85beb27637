using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>What NetGuard prints speaks of containers, not of addresses.</summary>
public class NamesTests
{
    [Fact]
    public async Task DiffAndSnapshotSpeakNames()
    {
        await using var guarded = await GuardedDocker.Create("""
            icc: deny
            links:
              - { from: app, to: web, ports: [80/tcp] }
              - { from: app, to: nobody, ports: [1] }
            published:
              - { interfaces: [eth0], ports: [8080], allow: [8.8.8.8] }
            """, "--icc=false");
        await guarded.Bed.Run("web", "--publish", "8080:80", "--publish", "9090:81", "--publish", "127.0.0.1:7070:82");
        await guarded.Bed.Run("app", "--link", "web:db");
        // dockerd's --icc=false is not for this one.
        await guarded.Bed.Docker("network", "create", "back");
        await guarded.Bed.Run("other", "--network", "back", "--publish", "198.51.100.1:6060:80");

        var text = await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath);
        Assert.Equal(2, text.ExitCode);
        Assert.Contains("app -> web 80/tcp", text.Output, StringComparison.Ordinal);
        var json = await guarded.Host.Netguard("diff", "--json", "--config", guarded.ConfigPath);
        var diff = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(["app -> web on bridge"], diff.GetProperty("links")[0].GetProperty("pairs").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal("nobody does not run", diff.GetProperty("links")[1].GetProperty("waiting").GetString());
        var exposed = Assert.Single(diff.GetProperty("exposed").EnumerateArray(), one => one.GetProperty("container").GetString() == "web");
        Assert.Equal(("9090/tcp", "web", "eth0"), (exposed.GetProperty("port").GetString()!, exposed.GetProperty("container").GetString()!, exposed.GetProperty("interfaces")[0].GetString()!));

        (await guarded.Host.Netguard("apply", "--config", guarded.ConfigPath)).Succeeded();
        Assert.Equal(0, (await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath)).ExitCode);

        // The proposal is what Docker does now; taken up, it is a valid configuration.
        var snapshot = (await guarded.Host.Run("env", [$"DOCKER_HOST=unix://{guarded.Bed.Socket}", NetguardBinary.Path, "snapshot"])).Succeeded().Output;
        Assert.Contains("""
            #docker:
            #  icc: deny
            #  networks:
            #    back: { icc: allow }
            #  links:
            #    - { from: app, to: web, ports: [80/tcp, 81/tcp, 82/tcp] }
            #  published:
            #    - interfaces: [eth0]
            #      ports: [6060/tcp, 8080/tcp, 9090/tcp]
            #      allow: [0.0.0.0/0, '::/0']
            """, snapshot, StringComparison.Ordinal);
        using var files = new ConfigDir();
        var adopted = files.Write("netguard.yaml", snapshot.Replace("\n#", "\n", StringComparison.Ordinal).Replace("\n Docker's", "\n# Docker's", StringComparison.Ordinal));
        (await guarded.Host.Netguard("check", "--config", adopted)).Succeeded();

        await guarded.Bed.StopEngine();
        var without = await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath);
        Assert.Contains("Docker does not answer", without.Output, StringComparison.Ordinal);
    }
}
