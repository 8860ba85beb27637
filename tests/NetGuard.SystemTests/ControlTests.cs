using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>The control interface as it is installed: the real bus with the shipped policy, the real polkit with the shipped action.</summary>
public class ControlTests(GuardedMachine guarded) : IClassFixture<GuardedMachine>
{
    private const string Allow = "/etc/polkit-1/rules.d/10-netguard-test.rules";

    private static readonly string[] Asked = ["org.netguard.NetGuard1", "/org/netguard/NetGuard1", "org.netguard.NetGuard1"];

    private Machine Machine => guarded.Machine;

    [Fact]
    public async Task TheBusShowsWhatThereIs()
    {
        await Reached();
        var introspected = await Machine.Output("busctl", "introspect", Asked[0], Asked[1]);
        foreach (var member in new[] { ".GetDrift", ".GetStatus", ".Pause", ".Reconcile", ".Reload", ".Resume", ".State", ".PausedUntil", ".DriftDetected", ".StateChanged" })
        {
            Assert.Contains($"\n{member} ", introspected, StringComparison.Ordinal);
        }

        Assert.Equal("s \"enforce\"\n", await Machine.Output("busctl", ["get-property", .. Asked, "Mode"]));
        Assert.Contains("State", (await Machine.As("nobody", "busctl", ["call", .. Asked, "GetStatus"])).Succeeded().Output, StringComparison.Ordinal);
        // The name is the service's own.
        Assert.NotEqual(0, (await Machine.As("nobody", "busctl", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", "org.netguard.NetGuard1", "0")).ExitCode);
    }

    [Fact]
    public async Task NobodyMayLookAndRootMayChange()
    {
        await Reached();
        Assert.Matches("^(ok|waiting) since ", (await Machine.As("nobody", "netguard", "status")).Succeeded().Output);
        foreach (var command in new[] { "pause 10m", "resume", "reload" })
        {
            var refused = await Machine.As("nobody", "netguard", command.Split(' '));
            Assert.Equal(1, refused.ExitCode);
            Assert.StartsWith($"netguard {command}: only root may do this, or whom polkit grants org.netguard.NetGuard1.manage", refused.Errors, StringComparison.Ordinal);
        }

        Assert.NotEqual(0, (await Machine.As("nobody", "busctl", ["call", .. Asked, "Reconcile"])).ExitCode);
        Assert.Contains("\"InSync\" b true", await Machine.Output("busctl", ["call", .. Asked, "Reconcile"]), StringComparison.Ordinal);
        await Machine.Output("netguard", "reload");
    }

    [Fact]
    public async Task PolkitsRulesCount()
    {
        await Reached();
        await Machine.Output("pkaction", "--action-id", "org.netguard.NetGuard1.manage");
        await Machine.Write(Allow, """
            polkit.addRule(function(action, subject) {
                if (action.id == "org.netguard.NetGuard1.manage" && subject.user == "nobody") { return polkit.Result.YES; }
            });

            """);
        await Machine.Until("setpriv --reuid=nobody --regid=nogroup --clear-groups netguard pause 1h");
        Assert.Equal("paused", await State());
        (await Machine.As("nobody", "netguard", "resume")).Succeeded();
        await Machine.Output("rm", Allow);
        await Machine.Until("! setpriv --reuid=nobody --regid=nogroup --clear-groups netguard resume");

        // Without polkit it is root's alone.
        await Machine.Output("systemctl", "mask", "--now", "polkit.service");
        Assert.Equal(1, (await Machine.As("nobody", "netguard", "pause", "1h")).ExitCode);
        await Machine.Output("netguard", "pause", "1h");
        await Machine.Output("netguard", "resume");
        await Machine.Output("systemctl", "unmask", "polkit.service");
    }

    [Fact]
    public async Task APauseOutlivesRestartsAndIsToldOf()
    {
        await Reached();
        await Machine.Output("netguard", "pause", "1h");
        await Machine.Output("systemctl", "restart", "netguard");
        await Reached();
        Assert.Equal("paused", await State());
        await Machine.Output("iptables", "-F", "DOCKER-USER");
        await Machine.Until("netguard status | grep -q 'Differs now'");

        // A daemon that is killed does not end it either.
        await Machine.Output("systemctl", "kill", "-s", "KILL", "netguard");
        await Machine.Until("systemctl is-active netguard");
        await Reached();
        Assert.Equal("paused", await State());
        Assert.DoesNotContain("only-8.8.8.8", await Machine.Output("iptables", "-S", "DOCKER-USER"), StringComparison.Ordinal);
        await Machine.Output("netguard", "resume");
        Assert.Null(await GuardedMachine.Fault(Machine));
        var journal = await Machine.Journal("-u", "netguard");
        foreach (var told in new[] { "paused until ", "still paused until ", "the pause was ended by netguard (pid " })
        {
            Assert.Contains(journal, entry => entry.GetProperty("MESSAGE").GetString()!.StartsWith(told, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task ABusThatIsRestartedIsFoundAgain()
    {
        await Reached();
        await Machine.Output("systemctl", "restart", "dbus.service");
        await Machine.Output("iptables", "-F", "DOCKER-USER");
        await guarded.Enforced();
        await Reached();
    }

    private Task Reached() => Machine.Until("netguard status");

    private async Task<string> State()
    {
        using var status = JsonDocument.Parse(await Machine.Output("netguard", "status", "--json"));
        return status.RootElement.GetProperty("state").GetString()!;
    }
}
