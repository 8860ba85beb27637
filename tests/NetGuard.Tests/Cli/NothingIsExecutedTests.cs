using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>Nothing in a configuration can ever reach a shell.</summary>
public sealed class NothingIsExecutedTests : IDisposable
{
    private readonly ConfigDir _files = new();

    [Fact]
    public async Task WordsOfAShellAreWordsLikeOthers()
    {
        await using var netns = await Netns.Create();
        foreach (var bait in new[] { "$(touch {0})", "`touch {0}`", "; touch {0};", "| touch {0}", "> {0}", "&& touch {0}", "' ; touch {0} '", "\n touch {0}\n" })
        {
            var text = bait.Replace("{0}", $"{_files.Path}/x", StringComparison.Ordinal);
            _files.Write($"{Guid.NewGuid()}.yaml", Everywhere(text));
            _files.Write($"{Guid.NewGuid()}.yaml", InRules(text));
        }

        var files = Directory.GetFiles(_files.Path);
        await Task.WhenAll(files.Select(file => netns.Netguard("check", "--config", file)));
        await netns.Netguard("apply", "--config", files[0]);
        Assert.Equal(files, Directory.GetFiles(_files.Path));
    }

    [Fact]
    public async Task WhatAShellWouldObeyIsKeptAsItIs()
    {
        await using var netns = await Netns.Create();
        var comment = $"$(touch {_files.Path}/x) `touch {_files.Path}/x` ; | > && !x # 'a' \\ *";
        var escaped = comment.Replace("\\", "\\\\", StringComparison.Ordinal);
        var config = _files.Write("netguard.yaml", $$"""
            families: [ipv4]
            chains:
              CHAIN;$(x)|y: { rules: [ -i eth;0 -j DROP ] }
              FORWARD:
                rules:
                  - {{Yaml($"-m comment --comment \"{escaped}\" -j CHAIN;$(x)|y")}}
                  - -j LOG --log-prefix "`x`; $(y) > z"
            """);
        (await netns.Netguard("check", "--config", config)).Succeeded();
        (await netns.Netguard("apply", "--config", config)).Succeeded();
        Assert.Equal(0, (await netns.Netguard("diff", "--config", config)).ExitCode);
        var saved = await netns.Save(Backend.Nft, Family.Ipv4);
        Assert.Contains($"-A FORWARD -m comment --comment \"{escaped.Replace("'", "\\'", StringComparison.Ordinal)}\" -m comment --comment \"netguard:", saved, StringComparison.Ordinal);
        Assert.Contains("-A CHAIN;$(x)|y -i eth;0 ", saved, StringComparison.Ordinal);

        // As a configuration again; and a plan that is pasted into a shell says the same.
        var snapshot = _files.Write("snapshot.yaml", (await netns.Netguard("snapshot")).Succeeded().Output);
        Assert.Equal(0, (await netns.Netguard("diff", "--config", snapshot)).ExitCode);
        await netns.Iptables(Backend.Nft, Family.Ipv4, "-F");
        var plan = await netns.Netguard("diff", "--config", config);
        await netns.Output("sh", ["-e"], Plan.Of(plan));
        Assert.Equal(0, (await netns.Netguard("diff", "--config", config)).ExitCode);
        Assert.Equal(saved.Split('\n').Where(l => l.StartsWith('-')), (await netns.Save(Backend.Nft, Family.Ipv4)).Split('\n').Where(l => l.StartsWith('-')));
        Assert.Equal(2, Directory.GetFiles(_files.Path).Length);
    }

    public void Dispose() => _files.Dispose();

    private static string Everywhere(string text) => $$"""
        forwarding: { interfaces: { {{Yaml(text)}}: on } }
        sysctls: { net.ipv4.conf.all.log_martians: {{Yaml(text)}} }
        chains:
          {{Yaml(text)}}: { rules: [ -j DROP ] }
          FORWARD: { policy: {{Yaml(text)}}, rules: [ {{Yaml(text)}}, { name: {{Yaml(text)}}, rule: -j DROP } ] }
        """;

    // These get as far as the tools.
    private static string InRules(string text) => $$"""
        sysctls: { net.ipv4.conf.all.log_martians: {{Yaml(text)}} }
        chains:
          DOCKER-USER:
            rules:
              - {{Yaml($"-m comment --comment \"{text}\" -j DROP")}}
              - {{Yaml($"-j LOG --log-prefix \"{text}\"")}}
              - {{Yaml($"-i \"{text[..Math.Min(15, text.Length)]}\" -j DROP")}}
              - {{Yaml($"-m set --match-set \"{text}\" src -j DROP")}}
              - {{Yaml($"-j \"{text}\"")}}
        """;

    private static string Yaml(string text) => text.Contains('\n', StringComparison.Ordinal)
        ? $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
