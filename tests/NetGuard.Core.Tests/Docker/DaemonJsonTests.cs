using System.Text;
using NetGuard.Core.Docker;
using Xunit;

namespace NetGuard.Core.Tests.Docker;

public class DaemonJsonTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData(" \n", null)]
    [InlineData("{}", null)]
    [InlineData("""{"icc": false}""", false)]
    [InlineData("""{"icc": true, "bip": "10.0.0.1/24"}""", true)]
    [InlineData("""{"icc": null}""", null)]
    [InlineData("""{"ICC": false, "default-network-opts": {"bridge": {"icc": false}}, "labels": [{"icc": false}]}""", null)]
    [InlineData("""{"icc": true, "icc": false}""", false)]
    [InlineData("""{"\u0069cc": false}""", false)]
    public void ItSaysIccAtItsTopAlone(string json, bool? icc)
    {
        Assert.Null(DaemonJson.Read(Encoding.UTF8.GetBytes(json), out var read));
        Assert.Equal(icc, read);
    }

    [Theory]
    [InlineData("[]", "is no JSON")]
    [InlineData("icc=false", "is no JSON")]
    [InlineData("""{"icc": false""", "is no JSON")]
    [InlineData("""{"icc": false} {}""", "is no JSON")]
    [InlineData("""{"icc": false, // no""", "is no JSON")]
    [InlineData("""{"icc": "false"}""", "has an \"icc\" that is neither true nor false")]
    [InlineData("""{"icc": {"a": [1]}}""", "has an \"icc\" that is neither true nor false")]
    public void AFileThatDockerdWouldNotTakeSaysNothing(string json, string fault)
    {
        Assert.Equal(fault, DaemonJson.Read(Encoding.UTF8.GetBytes(json), out var icc));
        Assert.Null(icc);
    }

    [Fact]
    public void TheMarkOfAByteOrderIsTakenForWhatItIs()
    {
        const string Json = """{"icc": false}""";
        foreach (var encoding in new Encoding[] { Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            Assert.Null(DaemonJson.Read([.. encoding.Preamble, .. encoding.GetBytes(Json)], out var icc));
            Assert.False(icc);
        }
    }

    [Fact]
    public void NoBytesAreTooMuch()
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            _ = DaemonJson.Read(bytes, out _);
            _ = DockerdArguments.Read(bytes);
        }

        Assert.NotNull(DaemonJson.Read(Encoding.UTF8.GetBytes("""{"icc": """ + new string('[', 100_000)), out _));
    }
}
