using NetGuard.Core.Tests.Config;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.DBus;

/// <summary>
/// A message bus of the test's own, as strict as a system bus and with NetGuard's shipped policy: the machine's own, if it has one, is
/// neither asked nor touched.
/// </summary>
internal sealed class OwnBus : IAsyncDisposable
{
    private const string Configuration = """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>system</type>
          <listen>unix:path=SOCKET</listen>
          <auth>EXTERNAL</auth>
          <policy context="default">
            <allow user="*"/>
            <deny own="*"/>
            <deny send_type="method_call"/>
            <allow send_type="signal"/>
            <allow send_requested_reply="true" send_type="method_return"/>
            <allow send_requested_reply="true" send_type="error"/>
            <allow receive_type="method_call"/>
            <allow receive_type="method_return"/>
            <allow receive_type="error"/>
            <allow receive_type="signal"/>
            <allow send_destination="org.freedesktop.DBus"/>
            <allow send_destination="org.freedesktop.PolicyKit1"/>
          </policy>
          <policy user="root"><allow own="org.freedesktop.PolicyKit1"/></policy>
          <include>POLICY</include>
        </busconfig>
        """;

    private readonly ConfigDir _files = new();
    private RunningProgram? _daemon;

    public string Socket => $"{_files.Path}/bus";

    /// <summary>The environment variable that leads to it, as <c>env</c> takes it.</summary>
    public string Variable => $"DBUS_SYSTEM_BUS_ADDRESS=unix:path={Socket}";

    public static async Task<OwnBus> Start()
    {
        var bus = new OwnBus();
        bus._files.Write("bus.conf", Configuration
            .Replace("SOCKET", bus.Socket, StringComparison.Ordinal)
            .Replace("POLICY", bus._files.Write("policy.conf", Packaging.Read("dbus/org.netguard.NetGuard1.conf")), StringComparison.Ordinal));
        await bus.StartAgain();
        return bus;
    }

    /// <summary>Starts the bus at the address where the last one was.</summary>
    public async Task StartAgain()
    {
        File.Delete(Socket);
        _daemon = new(Programs.Start("dbus-daemon", [$"--config-file={_files.Path}/bus.conf", "--nofork", "--nopidfile", "--print-address"]), "dbus-daemon");
        await _daemon.WaitForLine(line => line.StartsWith("unix:path=", StringComparison.Ordinal));
    }

    /// <summary>Ends it, as a crash would.</summary>
    public async Task Kill() => await _daemon!.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Kill();
        _files.Dispose();
    }
}
