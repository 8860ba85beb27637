using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>Who may do what, with real users.</summary>
public class AuthorizationTests
{
    private static readonly byte[] TenMinutes = new Wire().UInt32(600).Bytes;

    [Fact]
    public async Task EverybodyReadsAndOnlyRootChanges()
    {
        await using var host = await ControlledNetns.Create();
        Assert.StartsWith("ok since ", (await host.NetguardAsNobody("status")).Succeeded().Output, StringComparison.Ordinal);
        foreach (var command in new[] { "pause 10m", "resume", "reload" })
        {
            var refused = await host.NetguardAsNobody(command.Split(' '));
            Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
            Assert.Equal($"netguard {command}: only root may do this: polkit, which could allow it to others, is not there (sudo netguard {command})\n", refused.Errors);
        }

        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        foreach (var read in new[] { "GetStatus", "GetDrift" })
        {
            Assert.Equal(2, (await nobody.Ask(read)).Type);
        }

        foreach (var (change, signature, body) in new[] { ("Reconcile", "", Array.Empty<byte>()), ("Pause", "u", TenMinutes), ("Resume", "", []), ("Reload", "", []) })
        {
            Assert.Equal("org.freedesktop.DBus.Error.AccessDenied", (await nobody.Ask(change, signature, body)).Error);
        }

        Assert.Equal("ok", await host.State());
        await using var root = await RawCaller.Connect(host.Bus, 0);
        Assert.Equal((2, "a{sv}"), ((await root.Ask("Reconcile")).Type, (await root.Ask("Reconcile")).Signature));
        Assert.Equal("t", (await root.Ask("Pause", "u", TenMinutes)).Signature);
        Assert.Equal("paused", await host.State());
        Assert.Equal("b", (await root.Ask("Resume")).Signature);
        Assert.Equal("as", (await root.Ask("Reload")).Signature);
        Assert.Equal("ok", await host.State());
    }

    [Fact]
    public async Task PolkitMayAllowItToOthers()
    {
        await using var host = await ControlledNetns.Create();
        var answer = (Authorized: true, Challenge: false);
        await using var polkit = await FakePolkit.Start(host.Bus, () => answer);
        (await host.NetguardAsNobody("pause", "10m")).Succeeded();
        Assert.Equal("paused", await host.State());
        (await host.NetguardAsNobody("resume")).Succeeded();
        Assert.Equal(2, polkit.Asked);

        answer = (false, false);
        Assert.Equal(
            "netguard pause 10m: only root may do this, or whom polkit grants org.netguard.NetGuard1.manage (sudo netguard pause 10m)\n",
            (await host.NetguardAsNobody("pause", "10m")).Errors);
        answer = (false, true);
        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        Assert.Equal("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", (await nobody.Ask("Pause", "u", TenMinutes)).Error);
        Assert.Equal("ok", await host.State());

        // Of root nobody asks polkit.
        var asked = polkit.Asked;
        (await host.Netguard("pause", "10m")).Succeeded();
        Assert.Equal(asked, polkit.Asked);
    }

    [Fact]
    public async Task APolkitThatHangsHoldsUpNobodyElse()
    {
        await using var host = await ControlledNetns.Create();
        await using var polkit = await FakePolkit.Start(host.Bus, () => null);
        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        var pending = new List<uint>();
        for (var i = 0; i < 6; i++)
        {
            pending.Add(await nobody.Send(RawCaller.NetGuard, RawCaller.Path, RawCaller.NetGuard, "Pause", "u", TenMinutes));
        }

        // Four wait; the others are told at once that they are too many.
        Assert.Equal("org.freedesktop.DBus.Error.LimitsExceeded", (await nobody.Reply(pending[4])).Error);
        Assert.Equal("org.freedesktop.DBus.Error.LimitsExceeded", (await nobody.Reply(pending[5])).Error);

        var said = host.Daemon.Lines.Count;
        await host.Flush();
        await host.Says("repaired missing", said);
        (await host.NetguardAsNobody("status")).Succeeded();
        (await host.Netguard("pause", "10m")).Succeeded();
        Assert.Equal("paused", await host.State());
        (await host.Netguard("resume")).Succeeded();

        // In the end they are refused, each for itself.
        Assert.Equal("org.freedesktop.DBus.Error.AccessDenied", (await nobody.Reply(pending[0])).Error);
        Assert.Equal("ok", await host.State());
    }
}
