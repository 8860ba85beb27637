using System.Diagnostics;
using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.DBus;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Chaos;

/// <summary>Where the mishaps happen: a namespace, one variant of iptables, the daemon, and what is remembered of what was done.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private const int Remembered = 300;
    private readonly Netns _netns;
    private readonly Backend _backend;
    private readonly OwnBus _bus;
    private readonly string _netguard;
    private readonly ConfigDir _files = new();
    private readonly Queue<string> _trail = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private int _played;
    private int _linesOfTheDead;

    private Stage(Netns netns, Backend backend, OwnBus bus, string netguard) => (_netns, _backend, _bus, _netguard) = (netns, backend, bus, netguard);

    public Netns Netns => _netns;

    public Backend Backend => _backend;

    /// <summary>The daemon that lives now.</summary>
    public RunningProgram Daemon { get; private set; } = null!;

    /// <summary>How often it has been killed.</summary>
    public int Deaths { get; private set; }

    /// <summary>What all of them have said, in lines.</summary>
    public int Lines => _linesOfTheDead + Daemon.Lines.Count;

    /// <summary>What it was told last to hold.</summary>
    public Declared Declared { get; private set; } = Declared.Editions[0];

    /// <summary>A real engine, where there is one.</summary>
    public RealDocker? Docker { get; private init; }

    /// <summary>What the strangers' part of the world should be.</summary>
    public Strangers Strangers { get; private init; } = new();

    /// <summary>A dump of each family that somebody took at an earlier time, and the strangers' part of it.</summary>
    public Dictionary<Family, (string Text, Strangers World)> Dumps { get; } = [];

    /// <summary>How many mishaps there have been.</summary>
    public int Played => Volatile.Read(ref _played);

    /// <summary>The last things that were done, for whoever looks for what went wrong.</summary>
    public IReadOnlyList<string> Trail
    {
        get
        {
            lock (_lock)
            {
                return [.. _trail];
            }
        }
    }

    /// <summary>Sets it: the daemon guards what it finds.</summary>
    public static async Task<Stage> Create(Netns netns, Backend backend, string netguard, RealDocker? docker)
    {
        var stage = new Stage(netns, backend, await OwnBus.Start(), netguard) { Docker = docker, Strangers = new() { IsNobodyOrdered = docker is null } };
        stage.Declare(stage.Declared);
        stage.Daemon = stage.StartDaemon();
        await stage.IsGuarding();
        return stage;
    }

    /// <summary>Writes the configuration, as an editor does: the file is there, whole, at any time.</summary>
    public void Declare(Declared declared)
    {
        Declared = declared;
        Write(declared.Config(_backend, $"{_files.Path}/netguard.prom"));
    }

    /// <summary>Puts nonsense in its place, or nothing.</summary>
    public void Spoil(string? text)
    {
        if (text is null)
        {
            File.Delete(ConfigPath);
        }
        else
        {
            Write(text);
        }
    }

    /// <summary>Waits until the daemon that lives now has done its first work, and can be told to reload.</summary>
    public Task IsGuarding() => Daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));

    /// <summary>Has the configuration read again.</summary>
    public async Task Reload()
    {
        await IsGuarding();
        Daemon.Send(Signal.Hangup);
    }

    /// <summary>Kills the daemon and starts another.</summary>
    public async Task Kill()
    {
        var killed = Daemon;
        if (killed.HasExited)
        {
            throw new InvalidOperationException("the daemon has ended by itself");
        }

        killed.Send(Signal.Kill);
        await killed.WaitForExit();
        _linesOfTheDead += killed.Lines.Count;
        Deaths++;
        Daemon = StartDaemon();
        await killed.DisposeAsync();
    }

    /// <summary>Asks the daemon something over the bus; whether it answered.</summary>
    public Task<bool> Ask(string command) => Run("env", [_bus.Variable, _netguard, command], null);

    /// <summary>Runs a tool of the firewall's. Whether it succeeds may depend on what NetGuard does in the same instant.</summary>
    public Task<bool> Tables(Family family, params IReadOnlyList<string> arguments) => Run(Tool(family, ""), ["--wait", .. arguments], null);

    /// <summary>Does several things to the filter table in one commit.</summary>
    public Task<bool> Restore(Family family, params IEnumerable<string> lines) =>
        Run(Tool(family, "-restore"), ["--noflush", "--wait"], $"*filter\n{string.Join('\n', lines)}\nCOMMIT\n");

    /// <summary>Puts a whole dump in the place of what is there.</summary>
    public Task<bool> RestoreAll(Family family, string text) => Run(Tool(family, "-restore"), ["--wait"], text);

    public async Task<bool> Run(string program, IReadOnlyList<string> arguments, string? input) =>
        (await _netns.Run(program, arguments, input)).ExitCode == 0;

    public Task<string> Save(Family family) => _netns.Save(_backend, family);

    /// <summary>Plays a mishap, and takes note of what it leaves.</summary>
    public async Task Play(string who, Mishap mishap)
    {
        var happened = await mishap.Play(this);
        if (happened)
        {
            mishap.Leave(Strangers);
        }

        Interlocked.Increment(ref _played);
        Note($"{who} {mishap}{(happened ? "" : ": refused")}");
    }

    public void Note(string what)
    {
        lock (_lock)
        {
            _trail.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_start).TotalSeconds,9:0.000} {what}"));
            if (_trail.Count > Remembered)
            {
                _trail.Dequeue();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await _bus.DisposeAsync();
        _files.Dispose();
    }

    private string ConfigPath => $"{_files.Path}/netguard.yaml";

    private RunningProgram StartDaemon() => _netns.Start("env", [_bus.Variable, _netguard, "daemon", "--config", ConfigPath], isAskedFirst: true);

    private void Write(string text) => File.Move(_files.Write("netguard.yaml.new", text), ConfigPath, overwrite: true);

    private string Tool(Family family, string action) => $"{family.Tool()}-{_backend.Name()}{action}";
}
