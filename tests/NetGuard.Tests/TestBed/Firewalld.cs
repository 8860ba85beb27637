using Xunit;

namespace NetGuard.Tests.TestBed;

/// <summary>The real firewalld, in a namespace, on a bus and with a configuration of its own.</summary>
public sealed class Firewalld : IAsyncDisposable
{
    private const string Bus = """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig><type>system</type><listen>unix:path={0}/bus</listen><auth>EXTERNAL</auth>
        <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
        """;

    private readonly ConfigDir _files = new();
    private readonly Netns _netns;
    private readonly RunningProgram _bus;
    private RunningProgram? _firewalld;

    private Firewalld(Netns netns)
    {
        _netns = netns;
        _files.Write("bus.conf", Bus.Replace("{0}", _files.Path, StringComparison.Ordinal));
        _bus = netns.Start("dbus-daemon", [$"--config-file={_files.Path}/bus.conf", "--nofork", "--nopidfile"]);
    }

    private string Address => $"DBUS_SYSTEM_BUS_ADDRESS=unix:path={_files.Path}/bus";

    /// <summary>Starts it, and waits until it has made its rules.</summary>
    public static async Task<Firewalld> Start(Netns netns)
    {
        var started = new Firewalld(netns);
        for (var end = DateTime.UtcNow + Programs.Patience; !File.Exists($"{started._files.Path}/bus") && DateTime.UtcNow < end;)
        {
            await Task.Delay(20);
        }

        Directory.CreateDirectory($"{started._files.Path}/etc");
        started._firewalld = netns.Start("env",
            [started.Address, "firewalld", "--nofork", "--nopid", "--system-config", $"{started._files.Path}/etc", "--log-target", "console"]);
        for (var end = DateTime.UtcNow + Programs.Patience; (await started.Run("--state")).ExitCode != 0; await Task.Delay(100))
        {
            if (started._firewalld.HasExited || DateTime.UtcNow > end)
            {
                throw new InvalidOperationException($"firewalld does not run: {string.Join('\n', started._firewalld.Lines.Select(line => line.Text))}");
            }
        }

        return started;
    }

    /// <summary>Has it make its rules anew. That fails where anybody commits between its iptables-restore's look at the tables and its commit.</summary>
    public async Task Reload() => Assert.Equal("success", (await Run("--reload")).Output.Trim());

    /// <summary>Puts an interface into a zone, until the next reload.</summary>
    public async Task Add(string zone, string @interface) =>
        Assert.Equal("success", (await Run($"--zone={zone}", $"--add-interface={@interface}")).Output.Trim());

    public async ValueTask DisposeAsync()
    {
        if (_firewalld is not null)
        {
            await _firewalld.DisposeAsync();
        }

        await _bus.DisposeAsync();
        _files.Dispose();
    }

    private Task<ProgramResult> Run(params IReadOnlyList<string> options) => _netns.Run("env", [Address, "firewall-cmd", .. options]);
}
