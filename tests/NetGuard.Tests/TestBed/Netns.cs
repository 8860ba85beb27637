namespace NetGuard.Tests.TestBed;

/// <summary>
/// A network namespace with its own firewall, settings and interfaces, for as long as a test lasts. Programs enter it
/// with nsenter, not <c>ip netns exec</c>, which would also remount /sys.
/// </summary>
public sealed partial class Netns : IAsyncDisposable
{
    private static int s_made;

    private readonly List<RunningProgram> _running = [];

    private Netns(string name) => Name = name;

    public string Name { get; }

    public string Path => $"{Leftovers.NetnsFolder}/{Name}";

    /// <summary>
    /// Makes a namespace with lo up and nothing else. Forwarding is off in both families: the kernel would copy
    /// some settings from the machine's own namespace, and a test must not depend on those.
    /// </summary>
    /// <exception cref="InvalidOperationException">Not root, or iproute2 is not installed; the message says which.</exception>
    public static async Task<Netns> Create()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException("Tests with network namespaces run as root: sudo tests/run.sh");
        }
        await Leftovers.Removed();
        var name = $"{Leftovers.NetnsPrefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}";
        (await Programs.Run("ip", ["netns", "add", name])).Succeeded();
        var netns = new Netns(name);
        await netns.Ip("link set lo up");
        // Duplicate detection would keep IPv6 addresses, link-local ones too, silent for their first seconds.
        await netns.SetSysctl("net.ipv6.conf.default.accept_dad", "0");
        await netns.SetSysctl("net.ipv4.ip_forward", "0");
        await netns.SetSysctl("net.ipv6.conf.all.forwarding", "0");
        return netns;
    }

    /// <summary>Runs a program in the namespace, to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time (60 seconds if not given) and was killed.</exception>
    public Task<ProgramResult> Run(
        string program, IReadOnlyList<string> arguments, string? input = null, TimeSpan? timeout = null) =>
        Programs.Run("nsenter", Entering(program, arguments), input, timeout);

    /// <summary>Runs a program that must succeed, and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its own words.</exception>
    public async Task<string> Output(string program, IReadOnlyList<string> arguments, string? input = null) =>
        (await Run(program, arguments, input)).Succeeded().Output;

    /// <summary>Starts a program in the namespace; it is killed when it or the namespace is disposed.</summary>
    public RunningProgram Start(string program, IReadOnlyList<string> arguments, bool isAskedFirst = false)
    {
        // nsenter becomes the program without a fork, so the pid is the program's own.
        var process = Programs.Start("nsenter", Entering(program, arguments));
        var running = new RunningProgram(process, string.Join(' ', [program, .. arguments])) { IsAskedFirst = isAskedFirst };
        _running.Add(running);
        return running;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _running)
        {
            await program.DisposeAsync();
        }
        (await Programs.Run("ip", ["netns", "delete", Name])).Succeeded();
    }

    private string[] Entering(string program, IReadOnlyList<string> arguments) =>
        [$"--net={Path}", "--", program, .. arguments];
}
