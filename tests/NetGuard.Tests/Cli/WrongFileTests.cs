using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>What is at the configuration's path is no configuration.</summary>
public class WrongFileTests(DockerHost host) : IClassFixture<DockerHost>
{
    private readonly string _path = Path.Combine(host.Files.Path, "wrong.yaml");

    [Theory]
    [InlineData("check")]
    [InlineData("diff")]
    [InlineData("apply")]
    [InlineData("daemon")]
    public async Task AMissingFileIsRefused(string command)
    {
        var missing = $"{host.Files.Path}/missing.yaml";
        Assert.Equal($"{missing}: there is no such file", Complaint.Line(await host.Netns.Netguard(command, "--config", missing), Complaint.ExitCodeOf(command)));
        await host.AssertUntouched();
    }

    [Fact]
    public async Task ADirectoryInPlaceOfTheFileIsRefused() => Assert.Equal($"{host.Files.Path}: is a directory, not a file", await Refusal(host.Files.Path));

    [Fact]
    public async Task APipeIsRefusedAndNotWaitedFor()
    {
        var pipe = $"{host.Files.Path}/pipe.yaml";
        (await Programs.Run("mkfifo", [pipe])).Succeeded();
        Assert.Equal($"{pipe}: is not a regular file", await Refusal(pipe));
    }

    [Fact]
    public async Task ADeviceIsRefused() => Assert.Equal("/dev/zero: is not a regular file", await Refusal("/dev/zero"));

    [Fact]
    public async Task AnEmptyPathIsRefused() => Assert.Equal("--config: an empty path (expected a file)", await Refusal(""));

    [Fact]
    public async Task APathThatIsTooLongIsRefused() => Assert.EndsWith("cannot be read: File name too long", await Refusal("/" + new string('a', 300)), StringComparison.Ordinal);

    [Fact]
    public async Task APathCannotSteerTheTerminal() => Assert.Equal("/run/a?[31m?b.yaml: there is no such file", await Refusal("/run/a\e[31m\nb.yaml"));

    [Fact]
    public async Task AFileOfTenMegabytesIsRefusedUnread()
    {
        await using (var big = File.Create(_path))
        {
            big.SetLength(10 << 20);
        }

        Assert.Equal($"{_path}: is 10,485,760 bytes large; a configuration has at most 1,048,576", await Refusal(_path));
    }

    [Fact]
    public async Task AProgramIsRefused()
    {
        File.Copy("/bin/true", _path, overwrite: true);
        Assert.Matches(@"^/\S+/wrong\.yaml:\d+:\d+: this is not (UTF-8 text|a text file.*)$", await Refusal(_path));
    }

    [Fact]
    public async Task TextThatIsNotUtf8IsRefusedWhereItStands()
    {
        await File.WriteAllBytesAsync(_path, [.. "mode: audit\n# caf"u8, 0xe9, (byte)'\n'], TestContext.Current.CancellationToken);
        Assert.Equal($"{_path}:2:6: this is not UTF-8 text", await Refusal(_path));
    }

    [Fact]
    public async Task AnEmptyFileIsRefused() => Assert.Contains("the file declares nothing", await Refusal(Write("\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("chains:\n\tFORWARD:\n", "2:1: a tab in the indentation (YAML is indented with spaces)")]
    [InlineData("mode: audit\nmode: audit\n", "2:1: the key 'mode' stands here twice")]
    [InlineData("mode: \"audit\n", "1:7: not valid YAML: a quote that is never closed")]
    [InlineData("mode: audit\nmoed: audit\n", "2:1: unknown key 'moed'")]
    [InlineData("mode: on\n", "1:7: mode is 'on'")]
    [InlineData("interval: 5 parsecs\n", "1:11: interval is '5 parsecs'")]
    [InlineData("backend: ebtables\n", "1:10: backend is 'ebtables'")]
    [InlineData("families: [ipx]\n", "1:12: ")]
    [InlineData("sysctls: { kernel.core_pattern: '|/tmp/x' }\n", "1:12: ")]
    [InlineData("sysctls: { net.ipv4/../../kernel.core_pattern: x }\n", "1:12: ")]
    [InlineData("chains: { 'A B': {} }\n", "1:11: ")]
    [InlineData("chains: { 'filter/A B': {} }\n", "1:11: ")]
    [InlineData("chains: { 'mangel/X': {} }\n", "1:11: ")]
    [InlineData("chains: { ABCDEFGHIJKLMNOPQRSTUVWXYZ123: {} }\n", "1:11: ")]
    [InlineData("chains: { FORWARD: { policy: REJECT } }\n", "1:30: ")]
    [InlineData("chains: { DOCKER-USER: { policy: DROP } }\n", "1:26: ")]
    public async Task AMistakeIsToldWhereItStands(string text, string expected) =>
        Assert.StartsWith($"{_path}:{expected}", await Refusal(Write(text)), StringComparison.Ordinal);

    [Fact]
    public async Task ABombOfAliasesIsRefusedAtOnce()
    {
        var bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range('b', 20).Select(c =>
            $"{(char)c}: &{(char)c} [{string.Join(", ", Enumerable.Repeat($"*{(char)(c - 1)}", 9))}]\n"));
        var lines = Complaint.Lines(await host.Netns.Netguard("check", "--config", Write(bomb)));
        Assert.Contains($"{_path}:1:4: an anchor, '&a' (write the value out: anchors and aliases are not taken here)", lines);
    }

    [Fact]
    public async Task ATowerOfBracketsIsRefusedAtOnce() =>
        Assert.Equal($"{_path}:1:17: nested deeper than 16 levels", await Refusal(Write(new string('[', 500_000))));

    private string Write(string text) => host.Files.Write("wrong.yaml", text);

    private async Task<string> Refusal(string path) => Complaint.Line(await host.Netns.Netguard("check", "--config", path));
}
