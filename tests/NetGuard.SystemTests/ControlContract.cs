using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>The control interface as it is installed: the real bus with the shipped policy, the real polkit with the shipped action.</summary>
public abstract class ControlContract
{
    private const string Allow = "/etc/polkit-1/rules.d/10-netguard-test.rules";

    private static readonly string[] Asked = ["org.netguard.NetGuard1", "/org/netguard/NetGuard1", "org.netguard.NetGuard1"];

    /// <summary>Where NetGuard guards <see cref="GuardedMachine.Config"/>.</summary>
    protected abstract Machine Machine { get; }

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
    public async Task EverybodyIsToldOfChangedProperties()
    {
        await Reached();
        // Another library's eyes, without any rights: each signal is a line with the interface and the changed properties.
        await Machine.Write("/run/listen.py", """
            import json
            from gi.repository import Gio, GLib
            bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
            def heard(bus, sender, path, interface, member, body):
                print(json.dumps(body.unpack()), flush=True)
            bus.signal_subscribe("org.netguard.NetGuard1", "org.freedesktop.DBus.Properties", "PropertiesChanged", "/org/netguard/NetGuard1",
                                 "org.netguard.NetGuard1", Gio.DBusSignalFlags.NONE, heard)
            # An answer of the bus: it has the subscription.
            bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId", None, None, Gio.DBusCallFlags.NONE, -1)
            print("listening", flush=True)
            GLib.MainLoop().run()

            """);
        await using var listener = Machine.Start("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "python3", "/run/listen.py");
        await listener.WaitForLine(line => line == "listening");
        var (drifts, repairs) = (await Count("DriftCount"), await Count("RepairCount"));

        await Machine.Output("iptables", "-D", "DOCKER-USER", "2");
        await Heard("DriftCount", value => value.GetUInt64() == drifts + 1);
        await Heard("RepairCount", value => value.GetUInt64() == repairs + 1);
        await Heard("LastCheck", value => value.GetUInt64() > 0);

        var paused = await Machine.Output("netguard", "pause", "10m");
        Assert.StartsWith("paused until ", paused, StringComparison.Ordinal);
        await Heard("State", value => value.GetString() == "paused");
        var until = await Count("PausedUntil");
        await Heard("PausedUntil", value => value.GetUInt64() == until);
        await Machine.Output("netguard", "resume");
        await Heard("State", value => value.GetString() == "ok");
        await Heard("PausedUntil", value => value.GetUInt64() == 0);

        await Machine.Write("/etc/netguard/conf.d/40-mode.yaml", "mode: audit\n");
        await Machine.Output("netguard", "reload");
        await Heard("Mode", value => value.GetString() == "audit");
        await Machine.Output("rm", "/etc/netguard/conf.d/40-mode.yaml");
        await Machine.Output("netguard", "reload");
        await Heard("Mode", value => value.GetString() == "enforce");

        // Only what is different is told, of this interface, and nothing is invalidated without its value.
        foreach (var line in listener.Lines.Skip(1))
        {
            using var signal = JsonDocument.Parse(line.Text);
            Assert.Equal("org.netguard.NetGuard1", signal.RootElement[0].GetString());
            Assert.NotEmpty(signal.RootElement[1].EnumerateObject());
            Assert.DoesNotContain(signal.RootElement[1].EnumerateObject(), property => property.Name == "Version");
            Assert.Equal(0, signal.RootElement[2].GetArrayLength());
        }

        async Task Heard(string property, Func<JsonElement, bool> isExpected) => await listener.WaitForLine(line =>
        {
            if (!line.StartsWith('['))
            {
                return false;
            }

            using var signal = JsonDocument.Parse(line);
            return signal.RootElement[1].TryGetProperty(property, out var value) && isExpected(value);
        });

        async Task<ulong> Count(string property) => ulong.Parse(
            (await Machine.Output("busctl", ["get-property", .. Asked, property])).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
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
        await Machine.Until(() => GuardedMachine.Fault(Machine), "be as it was declared");
        await Reached();
    }

    private Task Reached() => Machine.Until("netguard status");

    private async Task<string> State()
    {
        using var status = JsonDocument.Parse(await Machine.Output("netguard", "status", "--json"));
        return status.RootElement.GetProperty("state").GetString()!;
    }
}
