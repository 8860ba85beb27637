using System.Diagnostics;
using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Chaos;

/// <summary>Where the mishaps happen: a namespace, one variant of iptables, the daemon, and what is remembered of what was done.</summary>
internal sealed class Stage(Netns netns, Backend backend, RunningProgram daemon)
{
    private const int Remembered = 300;
    private readonly Queue<string> _trail = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private int _played;

    public Netns Netns => netns;

    public Backend Backend => backend;

    public RunningProgram Daemon => daemon;

    /// <summary>What the strangers' part of the world should be.</summary>
    public Strangers Strangers { get; } = new();

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

    /// <summary>Runs a tool of the firewall's. Whether it succeeds may depend on what NetGuard does in the same instant.</summary>
    public Task<bool> Tables(Family family, params IReadOnlyList<string> arguments) => Run(Tool(family, ""), ["--wait", .. arguments], null);

    /// <summary>Does several things to the filter table in one commit.</summary>
    public Task<bool> Restore(Family family, params IEnumerable<string> lines) =>
        Run(Tool(family, "-restore"), ["--noflush", "--wait"], $"*filter\n{string.Join('\n', lines)}\nCOMMIT\n");

    /// <summary>Puts a whole dump in the place of what is there.</summary>
    public Task<bool> RestoreAll(Family family, string text) => Run(Tool(family, "-restore"), ["--wait"], text);

    public async Task<bool> Run(string program, IReadOnlyList<string> arguments, string? input) =>
        (await netns.Run(program, arguments, input)).ExitCode == 0;

    public Task<string> Save(Family family) => netns.Save(backend, family);

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

    private string Tool(Family family, string action) => $"{family.Tool()}-{backend.Name()}{action}";
}
