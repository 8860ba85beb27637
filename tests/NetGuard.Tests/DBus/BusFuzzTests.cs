using System.Diagnostics;
using System.Globalization;
using NetGuard.Tests.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>
/// The daemon's connection to the bus is fed generated messages, from callers and from the bus and polkit themselves: it never ends, hangs or eats memory,
/// and the guarding goes on meanwhile. NETGUARD_FUZZ_INPUTS says how many, NETGUARD_FUZZ_SEED plays a run again.
/// </summary>
public class BusFuzzTests
{
    private const int Batch = 200;
    private const int BatchesBetweenFlushes = 40;
    private const long MostMemory = 256L << 20;

    // Of processor time, for all that a batch asks for.
    private static readonly TimeSpan MostWork = TimeSpan.FromSeconds(1);

    private static int Inputs => int.Parse(Environment.GetEnvironmentVariable("NETGUARD_FUZZ_INPUTS") ?? "40000", CultureInfo.InvariantCulture);

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("NETGUARD_FUZZ_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();

    [Fact]
    public async Task WhateverComesOverTheBusTheDaemonAnswersAndGuards()
    {
        var seed = Seed;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var host = await GuardedNetns.Create(ControlledNetns.Config);
        await using var bus = new DirectBus();
        await using var daemon = host.Netns.Start("env", [bus.Variable, NetguardBinary.Path, "daemon", "--config", host.ConfigPath], isAskedFirst: true);
        await bus.Accept();
        await daemon.WaitForLine(line => line.Contains("on the system bus: ", StringComparison.Ordinal));
        var (messages, answers) = (new RandomMessages(seed), new RandomMessages(seed + 1));
        var random = new Random(seed + 2);
        bus.OnCall = call => random.Next(10) switch
        {
            _ when call.Member == "GetConnectionCredentials" && AskedAbout(call).StartsWith(":9.", StringComparison.Ordinal) => Credentials(call, 0),
            < 4 when call.Member == "GetConnectionCredentials" => Credentials(call, 65534),
            < 9 => answers.Answer(call),
            _ => null,
        };

        var began = Stopwatch.GetTimestamp();
        var (sent, serial, longest) = (0, 10u, TimeSpan.Zero);
        for (var batch = 0; sent < Inputs; batch++)
        {
            var before = Work(daemon.Pid);
            var bytes = new List<byte>();
            for (var i = 0; i < Batch; i++, sent++)
            {
                // Nobody has more than their share of calls, so that each is looked at.
                bytes.AddRange(messages.Next($":1.{sent / 50}", serial++));
            }

            var last = $":9.{batch}";
            var done = bus.Await(last, serial);
            bytes.AddRange(DirectBus.Call(last, serial++, "GetStatus"));
            Assert.True(await bus.Send(bytes.ToArray()), $"the daemon has ended the connection, seed {seed}, after {sent}:\n{string.Join('\n', daemon.Lines.TakeLast(10).Select(line => line.Text))}");
            Assert.Equal("a{sv}", (await done).Signature);
            longest = new(Math.Max(longest.Ticks, (Work(daemon.Pid) - before).Ticks));
            if (batch % BatchesBetweenFlushes == 0)
            {
                // polkit may have let somebody pause it.
                var resumed = bus.Await(last, serial);
                await bus.Send(DirectBus.Call(last, serial++, "Resume"));
                Assert.Equal("b", (await resumed).Signature);
                await Mishap(host);
            }
        }

        var most = Peak(daemon.Pid);
        if (Environment.GetEnvironmentVariable("NETGUARD_FUZZ_REPORT") is { } report)
        {
            // A row of tests/fuzz.sh's table.
            await File.AppendAllTextAsync(report, string.Create(
                CultureInfo.InvariantCulture,
                $"| D-Bus, {bus.Answers:N0} answers | {sent:N0} | | | {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s | {longest.TotalMilliseconds:0} ms for {Batch} | {most / 1e6:0.0} MB resident | {seed} |\n"), TestContext.Current.CancellationToken);
        }

        Assert.InRange(longest, TimeSpan.Zero, MostWork);
        Assert.InRange(most, 0, MostMemory);
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("off the system bus", StringComparison.Ordinal) || line.Text.Contains("please report", StringComparison.Ordinal));
        Assert.Equal(0, await daemon.Stop());
    }

    [Fact]
    public async Task ABusThatTalksNonsenseIsLeftAndComeBackToAndTheGuardGoesOn()
    {
        var seed = Seed;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var host = await GuardedNetns.Create(ControlledNetns.Config);
        await using var bus = new DirectBus();
        await using var daemon = host.Netns.Start("env", [bus.Variable, NetguardBinary.Path, "daemon", "--config", host.ConfigPath], isAskedFirst: true);
        var messages = new RandomMessages(seed);
        for (var round = 0; round < 6; round++)
        {
            var said = daemon.Lines.Count;
            await bus.Accept();
            await daemon.WaitForLine(line => line.Contains("on the system bus: ", StringComparison.Ordinal), said);

            // A length that was made too great waits for the rest: these bytes are no beginning of a message.
            for (var i = 0u; i < 50 && await bus.Send(messages.Damaged(":1.7", i + 10)); i++)
            {
            }

            await bus.Send((byte[])[.. Enumerable.Repeat((byte)0xff, 4096)]);
            await Mishap(host);
        }

        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("please report", StringComparison.Ordinal));
        Assert.InRange(Peak(daemon.Pid), 0, MostMemory);
        Assert.Equal(0, await daemon.Stop());
    }

    // Of a fight not each repair is told.
    private static async Task Mishap(GuardedNetns host)
    {
        await host.Iptables("-F", "DOCKER-USER");
        for (var since = Stopwatch.GetTimestamp(); !(await host.Save()).Contains("netguard:only-8.8.8.8", StringComparison.Ordinal); await Task.Delay(20))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Programs.Patience, "the rule does not come back");
        }
    }

    private static string AskedAbout(Answer call) => call.Signature == "s" ? call.Text : "";

    private static byte[] Credentials(Answer call, uint uid)
    {
        var entry = new Wire().Align(8).String("UnixUserID").Signature("u").UInt32(uid).Bytes;
        return DirectBus.Reply(call, "a{sv}", new Wire().UInt32((uint)entry.Length).Align(8).Raw(entry).Bytes);
    }

    // utime and stime, in hundredths of a second: proc(5).
    private static TimeSpan Work(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    private static long Peak(int pid) =>
        long.Parse(File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
}
