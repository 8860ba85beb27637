using System.Net.Sockets;
using System.Text;
using NetGuard.Core.Config;
using NetGuard.Docker;
using NetGuard.Tests.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>Whatever Docker does, or is not, the rest is guarded.</summary>
public class EngineTests
{
    public static TheoryData<string> Nonsense => ["nobody", "silence", "end", "no http", "500", "no json", "wrong json", "endless", "endless head", "endless line", "torn"];

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task NothingThatTheEngineDoesHarmsTheRest(string kind)
    {
        using var files = new ConfigDir();
        await using var engine = new FakeEngine(Path.Combine(files.Path, kind == "nobody" ? "other.sock" : "docker.sock")) { Instead = (s, line, c) => Misbehave(kind, s, line, c) };
        await using var guarded = await GuardedNetns.Create($$"""
            backend: nft
            docker: { socket: {{files.Path}}/docker.sock, icc: deny }
            chains: { FORWARD: { rules: [-s 10.0.0.1 -j DROP] } }
            """);
        await using var daemon = await guarded.Guard();
        var save = await guarded.Save();
        Assert.Contains("-i docker0 -o docker0", save, StringComparison.Ordinal);
        await daemon.WaitForLine(line => line.Contains("Docker does not answer", StringComparison.Ordinal));
        for (var i = 0; i < 2; i++)
        {
            var since = daemon.Lines.Count;
            await guarded.Iptables("-F");
            await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 FORWARD", StringComparison.Ordinal), since);
        }

        Assert.Equal(save.Split('\n').Where(line => line.StartsWith('-')), (await guarded.Save()).Split('\n').Where(line => line.StartsWith('-')));
        var status = await File.ReadAllLinesAsync($"/proc/{daemon.Pid}/status", TestContext.Current.CancellationToken);
        var peak = int.Parse(status.Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]);
        Assert.True(peak < 256 * 1024, $"{peak} KiB");
        Assert.Single(daemon.Lines, line => line.Text.Contains("Docker does not answer", StringComparison.Ordinal));
        Assert.Equal(0, await daemon.Stop());
    }

    [Fact]
    public async Task WhatWasKnownStaysInForceWhileNobodyAnswers()
    {
        using var files = new ConfigDir();
        await using var engine = new FakeEngine(Path.Combine(files.Path, "docker.sock"));
        engine.Has(("web", "172.17.0.2", []), ("app", "172.17.0.3", []));
        await using var guarded = await GuardedNetns.Create($$"""
            backend: nft
            docker: { socket: {{files.Path}}/docker.sock, icc: deny, links: [{ from: app, to: web, ports: [80] }] }
            """);
        await using var daemon = await guarded.Guard();
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end && !(await guarded.Save()).Contains("app -> web 80/tcp", StringComparison.Ordinal);)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        engine.Instead = (_, _, _) => Task.CompletedTask;
        engine.Happen();
        await daemon.WaitForLine(line => line.Contains("Docker does not answer", StringComparison.Ordinal));
        var said = daemon.Lines.Count;
        await guarded.Iptables("-F", "NETGUARD-FORWARD");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 NETGUARD-FORWARD app -> web 80/tcp", StringComparison.Ordinal), said);

        // One that starts only now knows what its predecessor knew.
        var before = await guarded.Save();
        await daemon.Stop();
        await using var next = await guarded.Guard();
        Assert.Equal(Links(before), Links(await guarded.Save()));
        Assert.DoesNotContain("drift", (await guarded.Netns.Netguard("diff", "--config", guarded.ConfigPath)).Output, StringComparison.Ordinal);

        engine.Has(("app", "172.17.0.3", []));
        engine.Instead = null;
        await next.WaitForLine(line => line.Contains("gone: app -> web 80/tcp", StringComparison.Ordinal));
        Assert.DoesNotContain("app -> web", await guarded.Save(), StringComparison.Ordinal);
        Assert.Contains("icc deny", await guarded.Save(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatDockerTellsBeforeItsListHasItIsFoundAllTheSame()
    {
        using var files = new ConfigDir();
        await using var engine = new FakeEngine(Path.Combine(files.Path, "docker.sock"));
        engine.Has(("web", "172.17.0.2", []));
        await using var guarded = await GuardedNetns.Create($$"""
            backend: nft
            docker: { socket: {{files.Path}}/docker.sock, icc: deny, links: [{ from: app, to: web, ports: [80] }] }
            """);
        await using var daemon = await guarded.Guard();
        await Task.Delay(7000, TestContext.Current.CancellationToken); // Whatever is asked after the start has been asked.
        engine.Happen();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        engine.Has(("web", "172.17.0.2", []), ("app", "172.17.0.3", []));
        await daemon.WaitForLine(line => line.Contains("in force: app -> web 80/tcp", StringComparison.Ordinal), timeout: TimeSpan.FromSeconds(30));
    }

    // Docker's own library for .NET is too much for a daemon (it more than doubles the executable, and reads an endless head without end), but a good witness.
    [Fact]
    public async Task WhatIsReadIsWhatDockersLibraryReads()
    {
        await using var bed = await DockerBed.Create("--ipv6", "--fixed-cidr-v6=fd17::/64");
        await bed.Docker("network", "create", "backend");
        await bed.Run("web", "--publish", "8080:80", "--publish", "127.0.0.1:5353:53/udp", "--label", "com.docker.compose.service=front");
        await bed.Run("app", "--link", "web:db");
        await bed.Docker("network", "connect", "backend", "app");
        var topology = await new Engine(bed.Socket).ReadAsync(TestContext.Current.CancellationToken);

        using var client = new global::Docker.DotNet.DockerClientBuilder().WithEndpoint(new($"unix://{bed.Socket}")).Build();
        var networks = await client.Networks.ListNetworksAsync(new(), TestContext.Current.CancellationToken);
        var containers = await client.Containers.ListContainersAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal(
            networks.Where(n => n.Driver == "bridge").Select(n => (n.ID, n.Name)).Order(),
            topology.Networks.Select(n => (n.Id, n.Name)).Order());
        foreach (var container in containers)
        {
            var read = topology.Containers.Single(c => c.Id == container.ID);
            Assert.Equal(container.Names.Select(n => n[1..]).Order(), read.Aliases.Append(read.Name).Order());
            Assert.Equal(container.Labels.Order(), read.Labels.Order());
            Assert.Equal(
                container.NetworkSettings!.Networks!.Values.Select(e => (e.NetworkID, e.IPAddress, e.GlobalIPv6Address)).Order(),
                read.Endpoints.Select(e => (e.Network, e.Ipv4 ?? "", e.Ipv6 ?? "")).Order());
            Assert.Equal(
                container.Ports.Where(p => p.PublicPort > 0).Select(p => (p.IP!, (int)p.PublicPort!, (int)p.PrivatePort, p.Type)).Order(),
                read.Ports.Select(p => (p.HostAddress, p.HostPort, p.ContainerPort, p.Transport.Name())).Order());
        }

        Assert.Equal("front", topology.Containers.Single(c => c.Name == "web").Service);
        Assert.Contains(topology.Networks, n => n is { Name: "bridge", Bridge: "docker0", Icc: true });
    }

    private static IEnumerable<string> Links(string save) => save.Split('\n').Where(line => line.StartsWith("-A NETGUARD-FORWARD", StringComparison.Ordinal));

    private static async Task Misbehave(string kind, Socket socket, string line, CancellationToken cancel)
    {
        const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        var isEvents = line.Contains("/events", StringComparison.Ordinal);
        switch (kind)
        {
            case "silence":
                await Task.Delay(Timeout.Infinite, cancel);
                break;
            case "no http":
                await Send(socket, "\0\u0001\u0002 what?\n\n\n", cancel);
                break;
            case "500":
                await Send(socket, "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n\u001b[", cancel);
                break;
            case "no json":
                await Send(socket, $"{Head}Content-Length: 7\r\n\r\n<html/>", cancel);
                break;
            case "wrong json":
                await Send(socket, $"{Head}Content-Length: 15\r\n\r\n[{{\"Id\":{{}}}},17]", cancel);
                break;
            case "torn":
                await Send(socket, $"{Head}Content-Length: 1000\r\n\r\n[{{\"Id\":\"x\"", cancel);
                break;
            case "endless head":
                await Repeat(socket, "HTTP/1.1 200 OK\r\n", "X-A: b\r\n", cancel);
                break;
            case "endless line":
                await Repeat(socket, "HTTP/1.1 200 OK", "aaaaaaaa", cancel);
                break;
            case "endless" when isEvents:
                await Repeat(socket, $"{Head}\r\n", "aaaaaaaa", cancel);
                break;
            case "endless":
                await Repeat(socket, $"{Head}\r\n[", "{\"Id\":\"x\",\"Name\":\"y\",\"Driver\":\"bridge\"},", cancel);
                break;
        }
    }

    private static Task<int> Send(Socket socket, string text, CancellationToken cancel) => socket.SendAsync(Encoding.ASCII.GetBytes(text), cancel).AsTask();

    private static async Task Repeat(Socket socket, string head, string text, CancellationToken cancel)
    {
        await Send(socket, head, cancel);
        var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, 2000)));
        while (true)
        {
            await socket.SendAsync(block, cancel);
        }
    }
}
