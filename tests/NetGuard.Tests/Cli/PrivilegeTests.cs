using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

public sealed class PrivilegeTests : IAsyncLifetime
{
    private const string Configuration = "forwarding: { ipv4: on }\nchains:\n  DOCKER-USER:\n    rules:\n      - { name: mine, rule: -p tcp --dport http -j DROP }\n";

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _config = _files.Write("netguard.yaml", Configuration);
    }

    [Theory]
    [InlineData("diff")]
    [InlineData("apply")]
    [InlineData("daemon")]
    [InlineData("clear")]
    [InlineData("snapshot")]
    public async Task WithoutCapabilitiesACommandSaysWhatItNeeds(string command)
    {
        var result = await Nobody.Netguard(_netns, _files, [], command == "snapshot" ? [command] : [command, "--config", _config]);
        Assert.Equal(
            $"netguard {command} reads and changes the firewall, which takes CAP_NET_ADMIN: run it as root (sudo netguard {command})", Complaint.Line(result));
    }

    [Fact]
    public async Task CheckNeedsNoPrivilege()
    {
        var check = (await Nobody.Netguard(_netns, _files, [], "check", "--config", _config)).Succeeded();
        Assert.Contains("valid: ", check.Output, StringComparison.Ordinal);
        var wrong = _files.Write("wrong.yaml", "chains:\n  DOCKER-USER:\n    rules:\n      - -p tcp --dprt 80 -j DROP\n");
        Assert.Equal(
            $"{wrong}:4:9: iptables refuses this rule for DOCKER-USER: unknown option \"--dprt\"",
            Complaint.Line(await Nobody.Netguard(_netns, _files, [], "check", "--config", wrong)));
    }

    [Fact]
    public async Task AFileThatCannotBeReadIsSaidToBeSo()
    {
        File.SetUnixFileMode(_config, UnixFileMode.UserRead);
        Assert.Matches($"^{_config}: cannot be read: .*denied", Complaint.Line(await Nobody.Netguard(_netns, _files, [], "check", "--config", _config)));
        File.SetUnixFileMode(_files.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory($"{_files.Path}/conf.d", UnixFileMode.UserRead);
        Assert.Contains(
            Complaint.Lines(await Nobody.Netguard(_netns, _files, [], "check", "--config", _config)),
            line => line.StartsWith($"{_files.Path}/conf.d: the drop-ins cannot be listed: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithNetAdminAloneTheWholeWorkIsDone()
    {
        string[] capabilities = ["net_admin"];
        Assert.Equal(2, (await Nobody.Netguard(_netns, _files, capabilities, "diff", "--config", _config)).ExitCode);
        (await Nobody.Netguard(_netns, _files, capabilities, "apply", "--config", _config)).Succeeded();
        Assert.Equal(0, (await Nobody.Netguard(_netns, _files, capabilities, "diff", "--config", _config)).ExitCode);
        Assert.Equal("1", await _netns.Sysctl("net.ipv4.ip_forward"));
        Assert.Contains("-A DOCKER-USER -p tcp -m tcp --dport 80 ", await _netns.Save(Backend.Nft, Family.Ipv6), StringComparison.Ordinal);
        (await Nobody.Netguard(_netns, _files, capabilities, "snapshot")).Succeeded();
        (await Nobody.Netguard(_netns, _files, capabilities, "clear", "--config", _config)).Succeeded();
        Assert.DoesNotContain("-A ", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheMissingCapabilityForASetIsNamed()
    {
        await _netns.Output("ipset", ["create", "web", "hash:ip"]);
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-m", "set", "--match-set", "web", "src", "-j", "DROP");
        var diff = await Nobody.Netguard(_netns, _files, ["net_admin"], "diff", "--config", _config);
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("CAP_NET_RAW is missing", diff.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Nobody.Netguard(_netns, _files, ["net_admin", "net_raw"], "diff", "--config", _config)).ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }
}
