using System.Globalization;
using System.Net;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// A real Docker Engine in a namespace of its own, with containers, and an outside beyond eth0 whose addresses are the test's own.
/// <code>
///   containers ─── docker0, br-... (host, dockerd) eth0 198.51.100.1 ─── outside 8.8.8.8, 203.0.113.9, 2001:db8::8, 2001:db8::9
/// </code>
/// Nothing of the machine's own network or Docker is touched: data, sockets and pid file are below a folder of the bed's.
/// </summary>
public sealed class DockerBed : IAsyncDisposable
{
    private readonly List<string> _options;
    private readonly Netns _outside;
    private RunningProgram? _engine;

    private DockerBed(Netns host, Netns outside, string folder, IEnumerable<string> options) =>
        (Host, _outside, Folder, _options) = (host, outside, folder, [.. options]);

    /// <summary>Where dockerd is, and where NetGuard runs.</summary>
    public Netns Host { get; }

    /// <summary>All that the engine writes.</summary>
    public string Folder { get; }

    private Backend Variant { get; init; }

    /// <summary>The engine's API.</summary>
    public string Socket => Path.Combine(Folder, "docker.sock");

    /// <summary>The engine's pid.</summary>
    public int EnginePid => _engine?.Pid ?? throw new InvalidOperationException("the engine does not run");

    /// <summary>8.8.8.8 and 2001:db8::8, outside.</summary>
    public Caller Allowed(Family family = Family.Ipv4) => Outside(family == Family.Ipv4 ? "8.8.8.8" : "2001:db8::8");

    /// <summary>203.0.113.9 and 2001:db8::9, outside.</summary>
    public Caller Stranger(Family family = Family.Ipv4) => Outside(family == Family.Ipv4 ? "203.0.113.9" : "2001:db8::9");

    /// <summary>The address of the host that the outside knows.</summary>
    public static IPEndPoint Published(int port, Family family = Family.Ipv4) =>
        new(IPAddress.Parse(family == Family.Ipv4 ? "198.51.100.1" : "2001:db8:1::1"), port);

    /// <summary>A server in the outside, which containers may call.</summary>
    public Netns OutsideNetns => _outside;

    /// <summary>Starts an engine.</summary>
    /// <param name="options">dockerd's: <c>--icc=false</c>.</param>
    /// <exception cref="InvalidOperationException">dockerd is not installed or does not come up; the message holds its own words.</exception>
    public static Task<DockerBed> Create(params IReadOnlyList<string> options) => Create(Backend.Nft, options);

    /// <summary>Starts an engine whose rules are in one variant of iptables.</summary>
    public static async Task<DockerBed> Create(Backend backend, params IReadOnlyList<string> options)
    {
        var host = await Netns.Create();
        var outside = await Netns.Create();
        await DockerLeftovers.Removed();
        var bed = new DockerBed(host, outside, DockerLeftovers.NewFolder(), options) { Variant = backend };
        try
        {
            await bed.Wire();
            await File.WriteAllTextAsync(Path.Combine(bed.Folder, "daemon.json"), "{}");
            await bed.StartEngine();
            await bed.Docker("import", "--change", "ENTRYPOINT [\"/bin/serve\"]", "--change", "EXPOSE 80", await DockerImage.WriteTo(bed.Folder), DockerImage.Name);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the engine, and waits until it answers.</summary>
    /// <param name="options">In place of those it was created with.</param>
    public async Task StartEngine(params IReadOnlyList<string> options)
    {
        if (options.Count > 0)
        {
            _options.Clear();
            _options.AddRange(options);
        }

        // One that was killed leaves them, and who has the numbers by now, if only as a zombie, is taken for it.
        foreach (var file in new[] { "docker.pid", "exec/containerd/containerd.pid" }.Select(name => Path.Combine(Folder, name)).Where(File.Exists))
        {
            File.Delete(file);
        }

        // The engine takes whichever iptables comes first in its path.
        var tools = Directory.CreateDirectory(Path.Combine(Folder, "tools")).FullName;
        foreach (var name in new[] { "iptables", "ip6tables" }.Where(name => !File.Exists(Path.Combine(tools, name))))
        {
            File.CreateSymbolicLink(Path.Combine(tools, name), $"/usr/sbin/{name}-{Variant.Name()}");
        }

        _engine = Host.Start("env",
        [
            $"PATH={tools}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", "dockerd",
            "--data-root", Path.Combine(Folder, "data"), "--exec-root", Path.Combine(Folder, "exec"), "--host", $"unix://{Socket}",
            "--pidfile", Path.Combine(Folder, "docker.pid"), "--config-file", Path.Combine(Folder, "daemon.json"), .. _options,
        ]);
        await _engine.WaitForLine(line => line.Contains("API listen on", StringComparison.Ordinal));
    }

    /// <summary>Ends the engine, and with it, unless it was killed, its containers.</summary>
    public async Task StopEngine(Signal signal = Signal.Terminate)
    {
        if (_engine is { } engine)
        {
            _engine = null;
            engine.Send(signal);
            await engine.WaitForExit();
            await engine.DisposeAsync();
        }
    }

    /// <summary>Runs docker, which must succeed, and returns what it printed.</summary>
    public async Task<string> Docker(params IReadOnlyList<string> arguments) =>
        (await Programs.Run("docker", ["--host", $"unix://{Socket}", .. arguments])).Succeeded().Output.Trim();

    /// <summary>Runs a container that serves port 80, waits until it does, and says where it is.</summary>
    /// <param name="name">Its name and its host's.</param>
    /// <param name="options">docker run's.</param>
    public Task<DockerContainer> Run(string name, params IReadOnlyList<string> options) => Run(name, [80], options);

    /// <summary>The same, with other ports.</summary>
    public async Task<DockerContainer> Run(string name, IReadOnlyList<int> ports, params IReadOnlyList<string> options)
    {
        await Docker(["run", "--detach", "--name", name, "--hostname", name, .. options, DockerImage.Name,
            .. ports.Select(port => port.ToString(CultureInfo.InvariantCulture))]);
        return await Find(name);
    }

    /// <summary>Where a running container is now, once it serves.</summary>
    public async Task<DockerContainer> Find(string name)
    {
        var parts = (await Docker("inspect", "--format",
            "{{.State.Pid}};{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}} {{.MacAddress}},{{end}};{{join .Args \" \"}}", name)).Split(';');
        var addresses = parts[1].Split(',')[0].Split(' ');
        var container = new DockerContainer(
            name, int.Parse(parts[0], CultureInfo.InvariantCulture), IPAddress.Parse(addresses[0]), IPAddress.TryParse(addresses[1], out var ipv6) ? ipv6 : null, addresses[2]);
        foreach (var port in parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            // From inside: no rule of the host's concerns it.
            await container.Caller.Reaches(new(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture)));
        }

        return container;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopEngine(Signal.Terminate);
        }
        finally
        {
            await DockerLeftovers.Remove(Folder);
            await Host.DisposeAsync();
            await _outside.DisposeAsync();
        }
    }

    private Caller Outside(string address) => new(_outside.Path, IPAddress.Parse(address));

    private async Task Wire()
    {
        await Host.AddVeth("eth0", _outside, "eth0");
        await Host.RaiseLink("eth0", "198.51.100.1/24", "2001:db8:1::1/64");
        await _outside.RaiseLink(
            "eth0", "198.51.100.2/24", "2001:db8:1::2/64", "8.8.8.8/32", "203.0.113.9/32", "2001:db8::8/128", "2001:db8::9/128");
        await _outside.Ip("route add default via 198.51.100.1", "route add default via 2001:db8:1::1");
        await Host.Ip("route add default via 198.51.100.2", "route add default via 2001:db8:1::2");
    }
}
