using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>Mistakes of several kinds at once, and in the command itself.</summary>
public class SeveralMistakesTests(DockerHost host) : IClassFixture<DockerHost>
{
    [Theory]
    [InlineData("check")]
    [InlineData("diff")]
    [InlineData("apply")]
    [InlineData("daemon")]
    public async Task EveryMistakeIsToldInOneRunAndNothingIsApplied(string command)
    {
        var folder = $"{host.Files.Path}/{command}";
        var main = host.Files.Write($"{command}/netguard.yaml", """
            forwarding: { ipv4: on }
            chains:
              FORWARD: { policy: DROP }
              DOCKER-USER:
                rules:
                  - -i eth0 -j DROP
                  - -p tcp --dprt 80 -j DROP
                  - -A DOCKER-USER -j DROP
                  - -j DORP
              nat/PREROUTING:
                rules:
                  - -j DROP
                  - -m nosuchmatch -j ACCEPT
            """);
        var dropIn = host.Files.Write($"{command}/conf.d/10-more.yaml", "chains:\n  mangle/FORWARD:\n    rules:\n      - -p tcp --dport 99999 -j MARK --set-mark 1\n      - -j DNAT --to-destination 1.2.3.4\n");
        var lines = Complaint.Lines(await host.Netns.Netguard(command, "--config", main), Complaint.ExitCodeOf(command));
        Assert.Equal(
            [
                $"{main}:7:9", $"{main}:8:9", $"{main}:9:9", $"{main}:12:9", $"{main}:13:9",
                $"{dropIn}:4:24", $"{dropIn}:5:9",
            ],
            lines.Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]));
        await host.AssertUntouched();
        Assert.Equal([$"{folder}/conf.d", main], Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("foo --bar", "netguard: Unrecognized command or argument 'foo'. (see netguard --help)")]
    [InlineData("check extra", "netguard: Unrecognized command or argument 'extra'. (see netguard --help)")]
    [InlineData("diff --config", "netguard: Required argument missing for option: '--config'. (see netguard --help)")]
    [InlineData("apply --confg x", "netguard: Unrecognized command or argument '--confg'. (see netguard --help)")]
    public async Task AWrongCommandLineIsOneLineForEachMistake(string arguments, string expected) =>
        Assert.Equal(expected, Complaint.Lines(await host.Netns.Netguard(arguments.Split(' ')))[0]);

    [Theory]
    [InlineData("snapshot --config /x.yaml")]
    [InlineData("status --config /x.yaml")]
    [InlineData("pause 10m --config /x.yaml")]
    [InlineData("reload --config /x.yaml")]
    public async Task AnOptionThatTheCommandDoesNotHaveIsOneMistakeWithItsValue(string arguments) => Assert.Equal(
        "netguard: Unrecognized command or argument '--config'. (see netguard --help)", Assert.Single(Complaint.Lines(await host.Netns.Netguard(arguments.Split(' ')))));
}
