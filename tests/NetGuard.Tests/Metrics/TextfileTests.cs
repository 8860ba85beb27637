using NetGuard.Metrics;
using Xunit;

namespace NetGuard.Tests.Metrics;

public sealed class TextfileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netguard-metrics-").FullName;

    private string Target => Path.Combine(_folder, "netguard.prom");

    private string Draft => Path.Combine(_folder, ".netguard.prom.tmp");

    [Fact]
    public void EverybodyMayReadItAndNothingIsLeftBesideIt()
    {
        new Textfile(Target).Write("a 1\n"u8);
        new Textfile(Target).Write("a 2\n"u8);
        Assert.Equal("a 2\n", File.ReadAllText(Target));
        Assert.Equal("644", Convert.ToString((int)File.GetUnixFileMode(Target), 8));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void ALinkInTheWayIsReplacedAndWhatItPointsToIsLeftAlone()
    {
        var precious = Path.Combine(_folder, "precious");
        File.WriteAllText(precious, "mine");
        File.CreateSymbolicLink(Target, precious);
        File.CreateSymbolicLink(Draft, precious);
        new Textfile(Target).Write("a 1\n"u8);
        Assert.Equal("mine", File.ReadAllText(precious));
        Assert.Equal("a 1\n", File.ReadAllText(Target));
        Assert.Null(new FileInfo(Target).LinkTarget);
    }

    [Fact]
    public void ADraftThatAKilledOneLeftIsNoObstacle()
    {
        File.WriteAllText(Draft, "half a");
        new Textfile(Target).Write("a 1\n"u8);
        Assert.Equal("a 1\n", File.ReadAllText(Target));
        Assert.False(File.Exists(Draft));
    }

    [Fact]
    public void WhereItCannotBeWrittenTheOldOneStaysWhole()
    {
        var file = new Textfile(Target);
        file.Write("a 1\n"u8);
        Directory.CreateDirectory(Draft); // Nothing can be made under this name now.
        Assert.ThrowsAny<Exception>(() => file.Write("a 2\n"u8));
        Assert.Equal("a 1\n", File.ReadAllText(Target));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
