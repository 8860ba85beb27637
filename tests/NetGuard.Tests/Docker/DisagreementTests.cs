using NetGuard.Core.Docker;
using NetGuard.Docker;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>NetGuard's icc is one thing and dockerd's may be another: which holds, and where dockerd has its own from.</summary>
public class DisagreementTests
{
    [Fact]
    public async Task ItIsSaidWhereDockerHasItFromAndNetGuardsHolds()
    {
        await using var guarded = await GuardedDocker.Create("icc: allow", "--icc=false");
        var (bed, file) = (guarded.Bed, Path.Combine(guarded.Bed.Folder, "daemon.json"));
        await guarded.Guard();
        const string Denied = "icc is allow on bridge (docker0), where Docker itself denies it, by ";
        await guarded.Daemon.WaitForLine(line => line.Contains($"{Denied}--icc=false on dockerd's command line: NetGuard's rule comes first and allows it", StringComparison.Ordinal));
        await AssertReached();

        await bed.StopEngine();
        await File.WriteAllTextAsync(file, "{\"icc\": false}", TestContext.Current.CancellationToken);
        await bed.StartEngine("--debug=false");
        await guarded.Daemon.WaitForLine(line => line.Contains($"{Denied}\"icc\": false in {file}", StringComparison.Ordinal));
        Assert.Contains($"warning: {Denied}\"icc\": false in {file}", (await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath)).Output, StringComparison.Ordinal);
        await AssertReached();

        // What stands in the file is not in force before dockerd starts anew, and what is nonsense there says nothing.
        guarded.Declare("icc: deny");
        Assert.Equal("", await Warned());
        await File.WriteAllTextAsync(file, "{\"icc\": true}", TestContext.Current.CancellationToken);
        Assert.Contains($"Docker itself has it so until it starts anew: then it allows it, by \"icc\": true in {file}", await Warned(), StringComparison.Ordinal);
        guarded.Declare("icc: allow");
        await File.WriteAllTextAsync(file, "\u001b[31m{{{", TestContext.Current.CancellationToken);
        Assert.Contains($"by its default or its file, which NetGuard cannot judge ({file} is no JSON)", await Warned(), StringComparison.Ordinal);

        // Nor is it waited for what never comes.
        File.Delete(file);
        await Programs.Run("mkfifo", [file]);
        Assert.Contains($"({file} is no regular file)", await Warned(), StringComparison.Ordinal);

        async Task AssertReached()
        {
            var (one, two) = (await bed.Run("one", "--rm"), await bed.Run("two", "--rm"));
            await one.Caller.Reaches(two.At(80));
            await bed.Docker("rm", "--force", "one", "two");
        }

        async Task<string> Warned() => string.Concat((await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath)).Output.Split('\n').Where(l => l.StartsWith("warning: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhoeverElseListensIsNotTakenForDockerd()
    {
        using var files = new ConfigDir();
        await using var engine = new FakeEngine(Path.Combine(files.Path, "docker.sock"));
        engine.Has(("web", "172.17.0.2", []));
        var topology = await new Engine(Path.Combine(files.Path, "docker.sock")).ReadAsync(TestContext.Current.CancellationToken);
        Assert.Null(topology.Daemon);
        Assert.Single(topology.Containers);
    }

    // The fact that DaemonIcc.Next stands on.
    [Fact]
    public async Task DockerdTakesIccFromOnePlaceOnly()
    {
        await using var bed = await DockerBed.Create("--icc=false");
        Assert.Equal(new DaemonIcc(false, Path.Combine(bed.Folder, "daemon.json"), null, null), (await new Engine(bed.Socket).ReadAsync(TestContext.Current.CancellationToken)).Daemon);
        await bed.StopEngine();
        await File.WriteAllTextAsync(Path.Combine(bed.Folder, "daemon.json"), "{\"icc\": false}", TestContext.Current.CancellationToken);
        await using var dockerd = bed.Host.Start("dockerd", ["--icc=false", "--config-file", Path.Combine(bed.Folder, "daemon.json"), "--host", $"unix://{bed.Socket}", "--data-root", Path.Combine(bed.Folder, "data"),
            "--exec-root", Path.Combine(bed.Folder, "exec"), "--pidfile", Path.Combine(bed.Folder, "docker.pid")]);
        Assert.NotEqual(0, await dockerd.WaitForExit());
        Assert.Contains(dockerd.Lines, line => line.Text.Contains("specified both as a flag and in the configuration file: icc", StringComparison.Ordinal));
    }
}
