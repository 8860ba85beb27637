using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

public sealed class DropInTests(DockerHost host) : IClassFixture<DockerHost>, IDisposable
{
    private readonly ConfigDir _files = new();

    [Fact]
    public async Task DropInsAreReadInTheOrderOfTheirNames()
    {
        var main = _files.Write("netguard.yaml", "chains:\n  DOCKER-USER:\n    rules:\n      - { name: main, rule: -s 10.0.0.1 -j DROP }\n");
        foreach (var name in new[] { "20-b", "10-a", "9-c" })
        {
            _files.Write($"conf.d/{name}.yaml", $"chains:\n  DOCKER-USER:\n    rules:\n      - {{ name: {name}, rule: -i {name} -j DROP, family: ipv4 }}\n");
        }

        var check = await host.Netns.Netguard("check", "--json", "--config", main);
        var rules = JsonDocument.Parse(check.Succeeded().Output).RootElement.GetProperty("rules").EnumerateArray();
        Assert.Equal(["main", "10-a", "20-b", "9-c"], rules.Select(rule => rule.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task AContradictionNamesBothPlaces()
    {
        var main = _files.Write("netguard.yaml", "mode: enforce\n");
        var dropIn = _files.Write("conf.d/10-a.yaml", "\nmode: audit\n");
        var line = Complaint.Line(await Check(main));
        Assert.StartsWith($"{dropIn}:2:7: ", line, StringComparison.Ordinal);
        Assert.Contains($"{main}:1:7", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADropInThatEndsInYmlIsNotPassedOverInSilence()
    {
        var main = _files.Write("netguard.yaml", "mode: audit\n");
        var yml = _files.Write("conf.d/10-a.yml", "mode: audit\n");
        Assert.Equal($"{yml}: is not read: the names of drop-ins end in .yaml (rename it)", Complaint.Line(await Check(main)));
    }

    [Fact]
    public async Task WhatEditorsAndPackagesLeaveIsPassedOver()
    {
        var main = _files.Write("netguard.yaml", "mode: audit\n");
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(_files.Write("conf.d/README", "[[["))!, ".#10-a.yaml"), "root@host.123:456");
        foreach (var name in new[] { "10-a.yaml~", "10-a.yaml.dpkg-old", "10-a.yaml.bak", ".10-a.yaml.swp", ".10-a.yaml" })
        {
            _files.Write($"conf.d/{name}", "[[[");
        }

        (await Check(main)).Succeeded();
    }

    [Fact]
    public async Task AFolderInPlaceOfADropInIsRefused()
    {
        var main = _files.Write("netguard.yaml", "mode: audit\n");
        _files.Write("conf.d/10-a.yaml/x", "");
        Assert.Equal($"{_files.Path}/conf.d/10-a.yaml: is a directory, not a file", Complaint.Line(await Check(main)));
    }

    [Fact]
    public async Task DropInsThatCannotBeListedAreRefused()
    {
        var main = _files.Write("netguard.yaml", "mode: audit\n");
        var folder = _files.Write("conf.d", "");
        Assert.StartsWith($"{folder}: the drop-ins cannot be listed: ", Complaint.Line(await Check(main)), StringComparison.Ordinal);
        File.Delete(folder);
        Directory.CreateSymbolicLink(folder, "nowhere");
        Assert.StartsWith($"{folder}: the drop-ins cannot be listed: ", Complaint.Line(await Check(main)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MistakesInTheMainFileAndInDropInsAreToldTogether()
    {
        var main = _files.Write("netguard.yaml", "moed: audit\n");
        var bad = _files.Write("conf.d/10-a.yaml", "mode: adit\n");
        Directory.CreateSymbolicLink($"{_files.Path}/conf.d/20-b.yaml", "nowhere");
        var lines = Complaint.Lines(await Check(main));
        Assert.Contains($"{_files.Path}/conf.d/20-b.yaml: there is no such file", lines);
        Assert.Contains(lines, line => line.StartsWith($"{main}:1:1: unknown key 'moed'", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{bad}:1:7: mode is 'adit'", StringComparison.Ordinal));
    }

    public void Dispose() => _files.Dispose();

    private Task<ProgramResult> Check(string path) => host.Netns.Netguard("check", "--config", path);
}
