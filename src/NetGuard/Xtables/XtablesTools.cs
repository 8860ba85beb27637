using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Where the tools of one variant of iptables are.</summary>
/// <param name="Backend">The variant.</param>
/// <param name="Paths">The absolute path by the tool's plain name: <c>iptables-save</c>.</param>
public sealed record XtablesTools(Backend Backend, IReadOnlyDictionary<string, string> Paths)
{
    private static readonly string[] Names = ["iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore"];
    private static readonly string[] Optional = ["iptables", "ip6tables"];

    /// <summary>Finds the tools of a variant; null where they are not installed.</summary>
    public static async Task<XtablesTools?> FindAsync(Launcher launcher, Backend backend, CancellationToken cancel)
    {
        var variant = $"tables-{backend.Name()}";
        if (Find(name => name.Replace("tables", variant, StringComparison.Ordinal)) is { } own)
        {
            return new(backend, own);
        }

        // Distributions with a single variant install it under the plain names.
        return Find(name => name) is { } plain && await VariantOfAsync(launcher, cancel).ConfigureAwait(false) == backend ? new(backend, plain) : null;
    }

    /// <summary>Which variant the plain <c>iptables</c> is; null where there is none.</summary>
    public static async Task<Backend?> VariantOfAsync(Launcher launcher, CancellationToken cancel)
    {
        if (Launcher.Find("iptables-save") is not { } save)
        {
            return null;
        }

        // The alternatives system links the plain name to the variant's own program: that saves a process at every check.
        switch (Path.GetFileName(File.ResolveLinkTarget(save, returnFinalTarget: true)?.FullName))
        {
            case "xtables-nft-multi":
                return Backend.Nft;
            case "xtables-legacy-multi":
                return Backend.Legacy;
        }

        try
        {
            var version = await launcher.RunAsync(new(save, ["--version"]), cancel).ConfigureAwait(false);

            // Before 1.8 there was no nft variant, and no word behind the version.
            return version.Output.Contains("nf_tables", StringComparison.Ordinal) ? Backend.Nft : Backend.Legacy;
        }
        catch (CommandException e)
        {
            throw new XtablesException(e.Message, inner: e);
        }
    }

    /// <summary>What a variant's tools have in their names: <c>-nft</c>; nothing where they go by the plain names only.</summary>
    public static string Variant(Backend backend) => Launcher.Find($"iptables-{backend.Name()}") is null ? "" : $"-{backend.Name()}";

    /// <summary>What to say where no variant is installed.</summary>
    public static XtablesException NotInstalled(string which) =>
        new($"{which} is not installed: install the package iptables (apt install iptables, dnf install iptables-nft)");

    /// <summary>The tool that prints a single chain; null where only the others are installed.</summary>
    public string? ForOneChain(Family family) => Paths.GetValueOrDefault(family.Tool());

    /// <summary>The tool that prints a family's rules.</summary>
    public string Save(Family family) => Paths[$"{family.Tool()}-save"];

    /// <summary>The tool that loads a family's rules.</summary>
    public string Restore(Family family) => Paths[$"{family.Tool()}-restore"];

    private static Dictionary<string, string>? Find(Func<string, string> called)
    {
        var paths = Names.Concat(Optional).Select(name => (name, path: Launcher.Find(called(name)))).Where(tool => tool.path is not null)
            .ToDictionary(tool => tool.name, tool => tool.path!);
        return Names.All(paths.ContainsKey) ? paths : null;
    }
}
