using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>iptables-nft's tools, with what nf_tables says beyond them: for a command, which reads a few times and is gone.</summary>
/// <param name="inner">The tools.</param>
/// <param name="desired">What decides which chains matter; null where all do.</param>
internal sealed class NftXtables(IXtables inner, DesiredState? desired) : IXtables
{
    /// <summary>The tables of a preparation, seen with both eyes where that can be.</summary>
    public static IXtables Of(Preparation preparation) => Of(preparation.Choice, preparation.Desired);

    /// <summary>The same, where nothing more is known than which chains matter, or not even that.</summary>
    public static IXtables Of(BackendChoice choice, DesiredState? desired) => choice.Backend == Backend.Nft ? new NftXtables(choice.Xtables, desired) : choice.Xtables;

    /// <inheritdoc/>
    public async Task<Ruleset> ReadAsync(Family family, CancellationToken cancel) =>
        Corrected(await inner.ReadAsync(family, cancel).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel) => inner.ReadChainAsync(family, key, cancel);

    /// <inheritdoc/>
    public async Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) =>
        Corrected(await inner.ReadCountedAsync(family, cancel).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task RestoreAsync(RulesetPlan plan, CancellationToken cancel)
    {
        using var nft = Open();
        try
        {
            if (plan.Steps.Count > 0)
            {
                await inner.RestoreAsync(plan, cancel).ConfigureAwait(false);
            }
        }
        catch (XtablesException e)
        {
            throw NftWitness.Explained(nft, plan, e);
        }

        NftWitness.Switch(nft, plan);
    }

    /// <inheritdoc/>
    public Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel) =>
        inner.CanonicalizeAsync(family, drafts, cancel);

    private Ruleset Corrected(Ruleset told)
    {
        using var nft = Open();
        return NftWitness.Correct(nft, desired ?? All(told), told);
    }

    private static DesiredState All(Ruleset told) =>
        new([new(told.Family, [.. told.Chains.Where(chain => ChainName.Fault(chain.Key.Chain.Value) is null).Select(chain => new DesiredChain(chain.Key))])], []);

    private static NftTables Open()
    {
        try
        {
            return NftTables.Open();
        }
        catch (NetlinkException e)
        {
            throw new XtablesException($"nf_tables cannot be asked what iptables leaves out: {e.Message}", inner: e);
        }
    }
}
