using System.Text.Json;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// A machine of its own, booted with systemd-nspawn for as long as a test lasts: real systemd, journald and D-Bus, its own network,
/// firewall, users and processes. Its root is a layer in memory above the image, so that nothing of it is left.
/// </summary>
public sealed partial class Machine : IAsyncDisposable
{
    private static int s_made;

    private readonly string _folder;
    private readonly bool _isNewer;
    private RunningProgram? _container;
    private int _leader;

    private Machine(string name, bool isNewer)
    {
        (Name, _isNewer) = (name, isNewer);
        _folder = Path.Combine(MachineImage.Cache, "machines", name);
    }

    /// <summary>Its host name, and what its folder and control groups here are called.</summary>
    public string Name { get; }

    /// <summary>Its root directory, seen from outside.</summary>
    public string Root => Path.Combine(_folder, "root");

    /// <summary>Makes a machine and boots it.</summary>
    /// <param name="isNewer">From the image of the release <see cref="MachineImage.Newer"/>.</param>
    /// <exception cref="InvalidOperationException">Not root, or something to make it with is not installed; the message says which.</exception>
    public static async Task<Machine> Boot(bool isNewer = false)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException("Tests with booted machines run as root: sudo tests/run.sh");
        }
        var image = await MachineImage.Ready(isNewer);
        await Remains.Removed();
        var machine = new Machine($"{Remains.Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}", isNewer);
        try
        {
            await machine.MakeRoot(image);
            await machine.Start();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program inside as root, to its end.</summary>
    public Task<ProgramResult> Run(string program, params IEnumerable<string> arguments) => Run([program, .. arguments]);

    /// <summary>Runs a program inside that must succeed, and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its own words.</exception>
    public async Task<string> Output(string program, params IEnumerable<string> arguments) => (await Run(program, arguments)).Succeeded().Output;

    /// <summary>Runs a line of shell inside as root, to its end.</summary>
    public Task<ProgramResult> Shell(string line, TimeSpan? timeout = null) => Run(["sh", "-c", line], timeout: timeout);

    /// <summary>Runs a program inside as another user, with that user's groups and no more rights, to its end.</summary>
    public Task<ProgramResult> As(string user, string program, params IEnumerable<string> arguments) =>
        Run(["setpriv", $"--reuid={user}", $"--regid={(user == "nobody" ? "nogroup" : user)}", "--init-groups", "--inh-caps=-all", "--", program, .. arguments]);

    /// <summary>Runs a program inside as root, to its end.</summary>
    public Task<ProgramResult> Run(IReadOnlyList<string> command, string? input = null, TimeSpan? timeout = null) =>
        Programs.Run("nsenter", [.. Entering, .. command], input, timeout);

    /// <summary>Starts a program inside; it is killed when it, or the machine, is disposed.</summary>
    public RunningProgram Start(params IReadOnlyList<string> command) =>
        new(Programs.Start("nsenter", [.. Entering, .. command]), string.Join(' ', command));

    /// <summary>Writes a file of root's that all can read, and the folders above it.</summary>
    public async Task Write(string path, string text)
    {
        await Output("mkdir", "-p", Path.GetDirectoryName(path)!);
        (await Run(["sh", "-c", "umask 022 && cat > \"$1\"", "sh", path], text)).Succeeded();
    }

    /// <summary>Puts a file from outside into a folder inside; returns its path there.</summary>
    public Task<string> Take(string file)
    {
        var path = Path.Combine("/var/tmp", Path.GetFileName(file));
        File.Copy(file, Root + path, overwrite: true);
        return Task.FromResult(path);
    }

    /// <summary>Installs packages, the one under test, a .deb inside, or by name one of those at hand in the image, the way an administrator does.</summary>
    public async Task Install(params string[] packages)
    {
        var named = new List<string>();
        foreach (var package in packages)
        {
            named.Add(package != Repository.Deb ? package : await Take(package));
        }
        (await Apt(["install", .. named])).Succeeded();
    }

    /// <summary>Runs apt-get, which has no network and asks nothing.</summary>
    public Task<ProgramResult> Apt(params IEnumerable<string> arguments) => Run(
        ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confold", .. arguments],
        timeout: TimeSpan.FromMinutes(4));

    /// <summary>A property of a unit, as systemctl shows it.</summary>
    public async Task<string> Property(string unit, string property) =>
        (await Output("systemctl", "show", "--value", $"--property={property}", unit)).TrimEnd('\n');

    /// <summary>The journal's entries with all their fields, oldest first.</summary>
    /// <param name="matches">As journalctl takes them: <c>-u netguard</c>, <c>NETGUARD_CHAIN=DOCKER-USER</c>.</param>
    public async Task<IReadOnlyList<JsonElement>> Journal(params IEnumerable<string> matches)
    {
        await Run("journalctl", "--sync");
        var lines = await Output("journalctl", ["--no-pager", "--output=json", .. matches]);
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
    }

    /// <summary>All that a unit has said, as journalctl shows it; what is still on its way to the journal is waited for.</summary>
    public async Task<string> JournalText(string unit)
    {
        await Run("journalctl", "--sync");
        return await Output("journalctl", "--no-pager", "-u", unit);
    }

    /// <summary>Waits until a line of shell succeeds inside.</summary>
    /// <exception cref="TimeoutException">It did not; the message has its last words.</exception>
    public Task Until(string line) => Until(async () => await Shell(line) is var result && result.ExitCode == 0 ? null : $"{result.Output}{result.Errors}", line);

    /// <summary>Waits until something holds.</summary>
    /// <param name="fault">What is still wrong; null for nothing.</param>
    /// <param name="about">What is waited for.</param>
    /// <exception cref="TimeoutException">It did not come to hold.</exception>
    public async Task Until(Func<Task<string?>> fault, string about)
    {
        using var patience = new CancellationTokenSource(Programs.Patience);
        while (await fault() is { } still)
        {
            if (patience.IsCancellationRequested)
            {
                var journal = await Run("journalctl", "--no-pager", "-n", "60");
                throw new TimeoutException($"{Name} did not come to: {about}\n{still}\n{journal.Output}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Shuts down in order and boots again, with what is on its disk.</summary>
    public async Task Reboot()
    {
        await Stop();
        await Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
        {
            await _container.DisposeAsync();
        }
        await Remains.Remove(Name);
    }
}
