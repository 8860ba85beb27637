using System.Text.RegularExpressions;
using NetGuard.Core.Tests.Config;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Manual;

public class CompletionTests
{
    private const string Bash = """
        source "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _netguard
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    // A terminal of zsh's own: only there it completes. Each read waits for what is to come.
    private const string Zsh = """
        zmodload zsh/zpty
        zpty terminal "PS1= TERM=dumb zsh -f -i"
        zpty -w terminal "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep; print re''ady"
        zpty -r -m terminal said '*ready*'
        zpty -w -n terminal $'netguard sta\t --j\t'
        zpty -r -m terminal said '*status* --json*'
        print -r -- $said
        zpty -d terminal
        """;

    [Fact]
    public async Task BashOffersEveryCommandAndOptionAndNothingElse()
    {
        var tree = await CommandTree.Read();
        Assert.Equal(Sorted([.. tree.Keys, "--help", "--version"]), Sorted(await InBash("netguard", "")));
        foreach (var (command, options) in tree)
        {
            Assert.Equal(Sorted([.. options, "--help"]), Sorted(await InBash("netguard", command, "--")));
        }
    }

    [Fact]
    public async Task BashKnowsWhatStandsBehindAnOption()
    {
        var folder = Directory.CreateTempSubdirectory("netguard-completion-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "my own.yaml"), "", TestContext.Current.CancellationToken);
            Assert.Equal(Path.Combine(folder, "my own.yaml"), Assert.Single(await InBash("netguard", "check", "--config", Path.Combine(folder, "my"))));
            Assert.Equal("10m", Assert.Single(await InBash("netguard", "pause", "10")));
            Assert.Equal("60s", Assert.Single(await InBash("netguard", "apply", "--confirm", "6")));
            Assert.Equal("--json", Assert.Single(await InBash("netguard", "apply", "--confirm", "60s", "--j")));
            Assert.Equal("status", Assert.Single(await InBash("netguard", "stat")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task FishOffersEveryCommandAndOptionAndNothingElse()
    {
        var tree = await CommandTree.Read();
        Assert.Equal(Sorted(tree.Keys), await InFish("netguard "));
        foreach (var (command, options) in tree)
        {
            Assert.Equal(Sorted([.. options, "--help"]), await InFish($"netguard {command} --"));
        }
    }

    [Fact]
    public async Task ZshTakesItsFileWhichNamesEveryCommandAndOptionAndNothingElse()
    {
        var tree = await CommandTree.Read();
        (await Programs.Run("zsh", ["-n", Packaging.Path("completions/_netguard")])).Succeeded();
        var lines = Packaging.Read("completions/_netguard").Split('\n').Select(line => line.Trim()).ToList();
        Assert.Equal(
            Sorted(tree.Keys),
            Sorted(lines.SkipWhile(line => !line.StartsWith("local -a commands", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line != ")").Select(line => line[1..line.IndexOf(':', StringComparison.Ordinal)])));
        var text = string.Join('\n', lines);
        foreach (var (command, options) in tree)
        {
            // The branch of the command, up to its end.
            var start = Regex.Match(text, $@"(?m)^(\w+ \| )*{command}( \| \w+)*\)");
            Assert.True(start.Success, $"_netguard has no branch for {command}");
            var branch = text[start.Index..text.IndexOf(";;", start.Index, StringComparison.Ordinal)]
                .Replace("$config", "--config", StringComparison.Ordinal).Replace("$json", "--json", StringComparison.Ordinal);
            var bare = Regex.Replace(branch, @"\[[^]]*\]", "");
            Assert.Equal(Sorted([.. options, "--help"]), Sorted(Regex.Matches(bare, "--[a-z]+").Select(match => match.Value).Distinct()));
        }
    }

    [Fact]
    public async Task ZshCompletesACommandAndItsOption()
    {
        var said = (await Programs.Run("zsh", ["-f", "-c", Zsh, "zsh", Packaging.Path("completions")])).Succeeded().Output;
        Assert.Matches("netguard status.* --json", said);
    }

    private static string[] Sorted(IEnumerable<string> words) => [.. words.Order(StringComparer.Ordinal)];

    private static async Task<string[]> InBash(params string[] words) =>
        (await Programs.Run("bash", ["--norc", "-c", Bash, "bash", Packaging.Path("completions/netguard.bash"), .. words])).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string[]> InFish(string line) =>
        Sorted((await Programs.Run("fish", ["--no-config", "-c", "source $argv[1]; complete -C $argv[2]", Packaging.Path("completions/netguard.fish"), line])).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(found => found.Split('\t')[0]));
}
