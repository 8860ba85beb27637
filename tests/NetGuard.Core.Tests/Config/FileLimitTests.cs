using NetGuard.Core.Config;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class FileLimitTests
{
    [Theory]
    [InlineData("mode: enforce\r\ninterval: 60s\r\n")]
    [InlineData("\ufeffmode: enforce\n")]
    [InlineData("%YAML 1.1\n---\nmode: enforce\n...\n")]
    [InlineData("{\"mode\": \"enforce\", \"families\": [\"ipv4\"]}")]
    public void OrdinaryFormsOfYamlAreTaken(string text) => Assert.Equal("", ConfigText.Mistakes(text));

    [Fact]
    public void AFileHasAtMost1MiB()
    {
        var text = $"mode: enforce\n#{new string('x', (1 << 20) - 15)}";
        Assert.Equal("", ConfigText.Mistakes(text));
        Assert.Equal("c.yaml: the file is 1048577 bytes long (at most 1 MiB)", ConfigText.Mistakes(text + "x"));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a: &a [*a, ")]
    [InlineData("'")]
    [InlineData("! ")]
    [InlineData("a: b\n")]
    [InlineData("- \n")]
    public async Task AMegabyteOfAnythingIsAnsweredAtOnce(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, (1 << 20) / piece.Length));
        var parse = Task.Run(() => ConfigText.Parse(text), TestContext.Current.CancellationToken);
        Assert.NotEmpty((await parse.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Mistakes);
    }

    [Fact]
    public void NoFilesAreAMistake() => Assert.Equal("configuration: no configuration file was given", Assert.Single(ConfigParser.Parse([]).Mistakes).ToString()[..46]);

    [Fact]
    public void ANameOfAFileCannotBreakALine() =>
        Assert.Equal("a\\u000ab.yaml:1:6: mode has no value (expected enforce or audit)", ConfigParser.Parse([new("a\nb.yaml", "mode: ")]).Mistakes[0].ToString());
}
