using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>Whoever can write the configuration, or put another file in its place, rules the firewall: that must be root alone.</summary>
public sealed class OwnershipTests(DockerHost host) : IClassFixture<DockerHost>, IDisposable
{
    private const string Harmless = "chains:\n  FORWARD: {}\n";
    private const UnixFileMode Shared = (UnixFileMode)0b111_111_111;

    private readonly ConfigDir _files = new();
    private readonly DirectoryInfo _tmp = Directory.CreateTempSubdirectory("netguard-tests-");

    [Fact]
    public async Task RootsOwnFileIsTaken() => (await Check(_files.Write("netguard.yaml", Harmless))).Succeeded();

    [Theory]
    [InlineData("check")]
    [InlineData("diff")]
    [InlineData("apply")]
    [InlineData("daemon")]
    public async Task SomebodysFileIsRefused(string command)
    {
        var path = _files.Write("netguard.yaml", "forwarding: { ipv4: on }\n");
        await Give(path);
        Assert.Equal(
            $"{path}: is refused: {path} belongs to uid 1234, who could change the firewall through it (chown root {path})",
            Complaint.Line(await host.Netns.Netguard(command, "--config", path), Complaint.ExitCodeOf(command)));
        await host.AssertUntouched();
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, "664")]
    [InlineData(UnixFileMode.OtherWrite, "646")]
    public async Task AFileThatOthersCanWriteIsRefused(UnixFileMode bit, string mode)
    {
        var path = _files.Write("netguard.yaml", Harmless);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | bit);
        Assert.Equal(
            $"{path}: is refused: {path} can be written by others than root (mode {mode}), who could change the firewall through it (chmod go-w {path})",
            await Refusal(path));
    }

    [Fact]
    public async Task AFolderAboveThatOthersCanWriteIsRefused()
    {
        var path = _files.Write("a/b/netguard.yaml", Harmless);
        File.SetUnixFileMode($"{_files.Path}/a", Shared);
        Assert.StartsWith($"{path}: is refused: {_files.Path}/a can be written by others than root (mode 777)", await Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderAboveThatIsSomebodysIsRefused()
    {
        var path = _files.Write("a/b/netguard.yaml", Harmless);
        await Give($"{_files.Path}/a");
        Assert.StartsWith($"{path}: is refused: {_files.Path}/a belongs to uid 1234", await Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileBelowTmpIsRefused()
    {
        var path = Path.Combine(_tmp.FullName, "netguard.yaml");
        await File.WriteAllTextAsync(path, Harmless, TestContext.Current.CancellationToken);
        Assert.Equal(
            $"{path}: is refused: /tmp can be written by others than root (mode 1777), who could change the firewall through it "
                + "(keep the configuration where only root can write, as in /etc/netguard)",
            await Refusal(path));
    }

    [Fact]
    public async Task ALinkAmongRootsOwnFoldersIsTaken()
    {
        _files.Write("real/netguard.yaml", Harmless);
        Directory.CreateSymbolicLink($"{_files.Path}/folder", "real");
        File.CreateSymbolicLink($"{_files.Path}/link.yaml", "folder/../real/netguard.yaml");
        (await Check($"{_files.Path}/link.yaml")).Succeeded();
        (await Check($"{_files.Path}/folder/netguard.yaml")).Succeeded();
    }

    [Fact]
    public async Task ALinkIntoTmpIsRefused()
    {
        var path = Path.Combine(_files.Path, "netguard.yaml");
        await File.WriteAllTextAsync($"{_tmp}/real.yaml", Harmless, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(path, $"{_tmp}/real.yaml");
        Assert.StartsWith($"{path}: is refused: /tmp can be written by others", await Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALinkThatLeadsThroughTmpToRootsOwnFileIsRefused()
    {
        // Today it ends at a good file; tomorrow whoever can write /tmp turns it round.
        var real = _files.Write("real/netguard.yaml", Harmless);
        File.CreateSymbolicLink($"{_tmp}/link.yaml", real);
        File.CreateSymbolicLink($"{_files.Path}/link.yaml", $"{_tmp}/link.yaml");
        Assert.Contains("/tmp can be written by others", await Refusal($"{_files.Path}/link.yaml"), StringComparison.Ordinal);
        Directory.CreateSymbolicLink($"{_tmp}/folder", $"{_files.Path}/real");
        Directory.CreateSymbolicLink($"{_files.Path}/folder", $"{_tmp}/folder");
        Assert.Contains("/tmp can be written by others", await Refusal($"{_files.Path}/folder/netguard.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALinkInACircleIsRefused()
    {
        File.CreateSymbolicLink($"{_files.Path}/a.yaml", "b.yaml");
        File.CreateSymbolicLink($"{_files.Path}/b.yaml", "a.yaml");
        Assert.Contains("Too many levels of symbolic links", await Refusal($"{_files.Path}/a.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADropInIsHeldToTheSame()
    {
        var main = _files.Write("netguard.yaml", Harmless);
        var somebodys = _files.Write("conf.d/10-a.yaml", "mode: audit\n");
        var shared = _files.Write("conf.d/20-b.yaml", "mode: audit\n");
        File.CreateSymbolicLink($"{_files.Path}/conf.d/30-c.yaml", $"{_tmp}/real.yaml");
        await File.WriteAllTextAsync($"{_tmp}/real.yaml", "mode: audit\n", TestContext.Current.CancellationToken);
        await Give(somebodys);
        File.SetUnixFileMode(shared, Shared);
        Assert.Collection(
            Complaint.Lines(await Check(main)),
            line => Assert.StartsWith($"{somebodys}: is refused: {somebodys} belongs to uid 1234", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{shared}: is refused: {shared} can be written by others", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{_files.Path}/conf.d/30-c.yaml: is refused: /tmp can be written", line, StringComparison.Ordinal));
        File.SetUnixFileMode($"{_files.Path}/conf.d", Shared);
        File.Delete($"{_files.Path}/conf.d/30-c.yaml");
        Assert.All(
            Complaint.Lines(await Check(main)),
            line => Assert.Contains($"is refused: {_files.Path}/conf.d can be written by others than root (mode 777)", line, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _files.Dispose();
        _tmp.Delete(recursive: true);
    }

    private static async Task Give(string path) => (await Programs.Run("chown", ["1234", path])).Succeeded();

    private Task<ProgramResult> Check(string path) => host.Netns.Netguard("check", "--config", path);

    private async Task<string> Refusal(string path) => Complaint.Line(await Check(path));
}
