using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Which variant of iptables holds the rules, and what should be said about it.</summary>
/// <param name="Backend">The variant.</param>
/// <param name="Xtables">Its tables.</param>
/// <param name="Warning">That both hold rules; null where one does.</param>
public sealed record BackendChoice(Backend Backend, IXtables Xtables, string? Warning)
{
    /// <summary>Takes the variant that is configured, or finds out which one is in use.</summary>
    /// <param name="launcher">Starts the tools.</param>
    /// <param name="configured">The variant from the configuration; null for <c>auto</c>.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="guarded">For <c>auto</c>, the variant that a running daemon guards, which settles it; null where none runs.</param>
    /// <exception cref="XtablesException">No variant is installed, or its tables cannot be read.</exception>
    public static async Task<BackendChoice> MakeAsync(Launcher launcher, Backend? configured, CancellationToken cancel, Backend? guarded = null)
    {
        if (configured is { } backend)
        {
            var tools = await XtablesTools.FindAsync(launcher, backend, cancel).ConfigureAwait(false)
                ?? throw XtablesTools.NotInstalled($"iptables-{backend.Name()} (the configuration says backend: {backend.Name()})");
            return new(backend, new XtablesEdge(launcher, tools), null);
        }

        var nft = await XtablesTools.FindAsync(launcher, Backend.Nft, cancel).ConfigureAwait(false);
        var legacy = await XtablesTools.FindAsync(launcher, Backend.Legacy, cancel).ConfigureAwait(false);
        return (nft, legacy) switch
        {
            (null, null) => throw XtablesTools.NotInstalled("iptables"),
            (not null, null) => new(Backend.Nft, new XtablesEdge(launcher, nft), null),
            (null, not null) => new(Backend.Legacy, new XtablesEdge(launcher, legacy), null),
            (not null, not null) => await WeighAsync(launcher, nft, legacy, guarded, cancel).ConfigureAwait(false),
        };
    }

    private static async Task<BackendChoice> WeighAsync(Launcher launcher, XtablesTools nft, XtablesTools legacy, Backend? guarded, CancellationToken cancel)
    {
        var alternative = await XtablesTools.VariantOfAsync(launcher, cancel).ConfigureAwait(false) ?? Backend.Nft;
        var (nftEdge, legacyEdge) = (new XtablesEdge(launcher, nft), new XtablesEdge(launcher, legacy));
        if (!LegacyTables.Exist && (guarded ?? alternative) == Backend.Nft)
        {
            return new(Backend.Nft, nftEdge, null); // The kernel has no legacy tables: there is nothing to weigh.
        }

        var (inNft, inLegacy) = (await UseOfAsync(nftEdge, cancel).ConfigureAwait(false), LegacyTables.Exist ? await UseOfAsync(legacyEdge, cancel).ConfigureAwait(false) : Use.None);
        var backend = guarded ?? (inNft == inLegacy ? alternative : inNft > inLegacy ? Backend.Nft : Backend.Legacy);
        return new(backend, backend == Backend.Nft ? nftEdge : legacyEdge, inNft > Use.None && inLegacy > Use.None
            ? $"both iptables-nft and iptables-legacy hold rules, and packets pass both; guarding {backend.Name()} "
                + $"({(guarded is null ? Reason(inNft, inLegacy) : "as the daemon does that runs here")}); say backend: nft or backend: legacy to settle it"
            : null);
    }

    private static string Reason(Use nft, Use legacy) => (nft, legacy) switch
    {
        _ when nft == legacy => "which iptables stands for here",
        _ when nft == Use.Docker || legacy == Use.Docker => "Docker's chains are there",
        _ => "more is in use there",
    };

    private static async Task<Use> UseOfAsync(XtablesEdge edge, CancellationToken cancel)
    {
        var use = Use.None;
        foreach (var family in Enum.GetValues<Family>())
        {
            Ruleset ruleset;
            try
            {
                ruleset = await edge.ReadAsync(family, cancel).ConfigureAwait(false);
            }
            catch (XtablesException) when (family == Family.Ipv6)
            {
                continue; // A kernel without IPv6.
            }

            foreach (var (key, chain) in ruleset.Chains)
            {
                var one = key.Table == TableName.Filter && key.Chain.IsDockerMade ? Use.Docker
                    : key == ChainKey.DockerUser ? Use.DockerUser
                    : chain.Rules.Count > 0 || chain.Policy == ChainPolicy.Drop ? Use.Rules
                    : Use.None;
                use = one > use ? one : use;
            }
        }

        return use;
    }

    // DOCKER-USER may be NetGuard's own doing, made before Docker came; the chains that only dockerd makes weigh more.
    private enum Use
    {
        None,
        Rules,
        DockerUser,
        Docker,
    }
}
