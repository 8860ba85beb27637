using NetGuard.Core.Tests.Config;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>Whoever may talk to the daemon may talk nonsense, and any amount of it.</summary>
public class HostileCallerTests
{
    private const string Standard = "org.freedesktop.DBus.Error.";
    private const string Introspectable = "org.freedesktop.DBus.Introspectable";

    [Fact]
    public async Task WhatIsWrongIsAnsweredWithAnErrorAndChangesNothing()
    {
        await using var host = await ControlledNetns.Create();
        await using var root = await RawCaller.Connect(host.Bus, 0);
        var text = new Wire().String("600").Bytes;
        Assert.Equal(Standard + "InvalidArgs", (await root.Ask("Pause")).Error);
        Assert.Equal(Standard + "InvalidArgs", (await root.Ask("Pause", "s", text)).Error);
        Assert.Equal(Standard + "InvalidArgs", (await root.Ask("Pause", "uu", new Wire().UInt32(60).UInt32(60).Bytes)).Error);
        Assert.Equal(Standard + "InvalidArgs", (await root.Ask("Reload", "s", text)).Error);
        Assert.Equal(Standard + "InvalidArgs", (await root.Ask("GetStatus", "s", text)).Error);
        Assert.Equal("org.netguard.NetGuard1.Error.BadDuration", (await root.Ask("Pause", "u", new Wire().UInt32(0).Bytes)).Error);
        Assert.Equal("org.netguard.NetGuard1.Error.BadDuration", (await root.Ask("Pause", "u", new Wire().UInt32(86_401).Bytes)).Error);
        Assert.Equal("org.netguard.NetGuard1.Error.BadDuration", (await root.Ask("Pause", "u", new Wire().UInt32(uint.MaxValue).Bytes)).Error);
        Assert.Equal(Standard + "UnknownMethod", (await root.Ask("Destroy")).Error);
        Assert.Equal(Standard + "UnknownObject", (await root.Call(RawCaller.NetGuard, "/no/such", RawCaller.NetGuard, "GetStatus")).Error);
        Assert.Equal(Standard + "UnknownProperty", (await Get(root, "Nothing")).Error);
        Assert.Equal("v", (await Get(root, "State")).Signature);
        Assert.Equal(
            Standard + "PropertyReadOnly",
            (await root.Call(
                RawCaller.NetGuard, RawCaller.Path, RawCaller.Properties, "Set", "ssv",
                new Wire().String(RawCaller.NetGuard).String("Mode").Signature("s").String("audit").Bytes)).Error);
        Assert.Equal("ok", await host.State());
    }

    [Fact]
    public async Task BytesThatAreNoMessageEndTheirSendersConnectionAlone()
    {
        await using var host = await ControlledNetns.Create();
        for (var seed = 0; seed < 8; seed++)
        {
            await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
            var whole = Wire.Message(
                1, 0, 7, [(1, 'o', RawCaller.Path), (2, 's', RawCaller.NetGuard), (3, 's', "GetStatus"), (6, 's', RawCaller.NetGuard)], []);
            whole[seed switch { 0 => 0, 1 => 1, 2 => 3, 3 => 15, _ => 16 + seed }] ^= 0xff;
            await nobody.SendBytes((byte[])[.. whole, .. new byte[4096]]);
            Assert.True(await nobody.IsCutOff());
        }

        await host.Flush();
        await host.Says("repaired missing");
        Assert.Equal("ok", await host.State());
    }

    [Fact]
    public async Task MessagesThatAreAlmostRightNeverTakeItOffTheBus()
    {
        await using var host = await ControlledNetns.Create();
        var random = new Random(20261124);
        var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        for (var i = 0; i < 600; i++)
        {
            var body = new Wire().String(RawCaller.NetGuard).String("Mode").Signature("v").Signature("aas").UInt32(0).Bytes;
            var whole = Wire.Message(
                1, (byte)random.Next(8), (uint)i + 2,
                [
                    (1, 'o', RawCaller.Path), (2, 's', random.Next(2) == 0 ? RawCaller.Properties : RawCaller.NetGuard),
                    (3, 's', new[] { "Set", "Get", "GetAll", "Pause", "GetStatus", "Introspect" }[random.Next(6)]), (6, 's', RawCaller.NetGuard),
                    (8, 'g', new[] { "ssv", "ss", "s", "u", "sss", "aas" }[random.Next(6)]),
                ],
                body);
            for (var bits = random.Next(3); bits > 0; bits--)
            {
                whole[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                await nobody.SendBytes(whole);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The bus has had enough of this one.
            }

            // A wrong length may have made the rest the body of something that never ends.
            if (i % 5 == 4)
            {
                await nobody.DisposeAsync();
                nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
            }
        }

        await nobody.DisposeAsync();
        Assert.Equal("ok", await host.State());
        Assert.DoesNotContain(host.Daemon.Lines, line => line.Text.Contains("off the system bus", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AHugeMessageLeavesNoTrace()
    {
        await using var host = await ControlledNetns.Create();
        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);

        // A small one first: the code that refuses it is part of what is resident.
        Assert.Equal(Standard + "InvalidArgs", (await nobody.Ask("GetStatus", "s", new Wire().String("x").Bytes)).Error);
        var before = Resident(host.Daemon.Pid);
        var huge = new Wire().String(new string('x', 24 << 20)).Bytes;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Standard + "InvalidArgs", (await nobody.Ask("GetStatus", "s", huge)).Error);
        }

        // A message is let go of after it was answered: the next answer comes behind that.
        Assert.Equal("ok", await host.State());
        Assert.Equal(Standard + "InvalidArgs", (await nobody.Ask("GetStatus", "s", new Wire().String("x").Bytes)).Error);
        Assert.InRange(Resident(host.Daemon.Pid), 0, before + (8 << 20));
    }

    [Fact]
    public async Task AFloodIsRefusedAndTheRepairsGoOn()
    {
        await using var host = await ControlledNetns.Create();
        await using var root = await RawCaller.Connect(host.Bus, 0);
        using var enough = new CancellationTokenSource();
        var flood = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Flood(host.Bus, enough.Token)));
        var said = host.Daemon.Lines.Count;
        for (var i = 0; i < 3; i++)
        {
            await host.Flush();
            await host.Says("repaired missing", said);
            said = host.Daemon.Lines.Count;
            Assert.True(await host.IsProtected());
        }

        // Others are answered all the while.
        Assert.Equal(2, (await root.Ask("GetStatus")).Type);
        Assert.Equal("b", (await root.Ask("Resume")).Signature);
        await enough.CancelAsync();
        var counts = await flood;
        Assert.All(counts, refused => Assert.True(refused > 0, "nothing was refused"));
    }

    [Fact]
    public async Task WhatIntrospectionTellsIsThere()
    {
        await using var host = await ControlledNetns.Create();
        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        var xml = System.Xml.Linq.XDocument.Parse(WithoutDoctype((await nobody.Call(RawCaller.NetGuard, RawCaller.Path, Introspectable, "Introspect")).Text));
        var own = xml.Root!.Elements("interface").Single(one => one.Attribute("name")!.Value == RawCaller.NetGuard);
        Assert.Equal(
            ["Reconcile() a{sv}", "Pause(u) t", "Resume() b", "Reload() as", "TryReload(u) as", "Confirm() ", "RollBack() ", "GetDrift() aa{sv}", "GetStatus() a{sv}"],
            own.Elements("method").Select(method => $"{method.Attribute("name")!.Value}({Types(method, "in")}) {Types(method, "out")}"));

        // It is the file that is shipped for programmers.
        Assert.Equal(System.Xml.Linq.XDocument.Parse(WithoutDoctype(Packaging.Read("dbus/org.netguard.NetGuard1.xml"))).Root!.Element("interface")!.ToString(), own.ToString());
        foreach (var property in own.Elements("property"))
        {
            var value = await Get(nobody, property.Attribute("name")!.Value);
            Assert.Equal((2, "v"), (value.Type, value.Signature));
            Assert.Equal(property.Attribute("type")!.Value, System.Text.Encoding.ASCII.GetString(value.Body, 1, value.Body[0]));
        }

        Assert.Equal(["DriftDetected", "DriftRepaired", "StateChanged"], own.Elements("signal").Select(signal => signal.Attribute("name")!.Value));

        // Whoever looks for the object from the top finds the way.
        Assert.Contains("node name=\"org\"", (await nobody.Call(RawCaller.NetGuard, "/", Introspectable, "Introspect")).Text, StringComparison.Ordinal);
    }

    private static string Types(System.Xml.Linq.XElement method, string direction) =>
        string.Concat(method.Elements("arg").Where(arg => arg.Attribute("direction")!.Value == direction).Select(arg => arg.Attribute("type")!.Value));

    // The document type names a file on the net, which nobody is to fetch.
    private static string WithoutDoctype(string xml) => xml[xml.IndexOf("<node", StringComparison.Ordinal)..];

    private static Task<Answer> Get(RawCaller caller, string property) => caller.Call(
        RawCaller.NetGuard, RawCaller.Path, RawCaller.Properties, "Get", "ss", new Wire().String(RawCaller.NetGuard).String(property).Bytes);

    /// <summary>Asks as nobody, as fast as the bus takes it; says how often it was refused.</summary>
    internal static async Task<int> Flood(OwnBus bus, CancellationToken enough)
    {
        await using var nobody = await RawCaller.Connect(bus, ControlledNetns.Nobody);
        var refused = 0;
        while (!enough.IsCancellationRequested)
        {
            var last = 0u;
            for (var i = 0; i < 500; i++)
            {
                last = await nobody.Send(RawCaller.NetGuard, RawCaller.Path, RawCaller.NetGuard, "GetStatus");
            }

            Answer answer;
            do
            {
                answer = await nobody.Receive();
                refused += answer.Error == Standard + "LimitsExceeded" && answer.Text.StartsWith("more than ", StringComparison.Ordinal) ? 1 : 0; // The bus has limits of its own.
            }
            while (answer.ReplyTo != last);
        }

        return refused;
    }

    private static long Resident(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture) << 10;
    }
}
