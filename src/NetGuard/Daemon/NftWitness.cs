using System.Globalization;
using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Core.Watch;
using NetGuard.Netlink;

namespace NetGuard.Daemon;

/// <summary>
/// What nf_tables says where iptables' tools do not, or say something else: a table that sleeps, a chain at another hook, a rule with a set. They
/// show all of this as if it were in order.
/// </summary>
internal static class NftWitness
{
    // A dump that was torn by another commit is begun anew.
    private const int Attempts = 20;

    /// <summary>Takes note of it in what the tools have told.</summary>
    /// <param name="tables">The kernel's tables.</param>
    /// <param name="desired">What decides which chains matter.</param>
    /// <param name="told">What the tools have told.</param>
    /// <returns>The same; what is not what they told counts as unreadable.</returns>
    /// <exception cref="XtablesException">The kernel does not say.</exception>
    public static Ruleset Correct(NftTables tables, DesiredState desired, Ruleset told)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Read(tables, desired, told);
            }
            catch (NetlinkException e) when (e.IsInterrupted && attempt < Attempts)
            {
                // A commit came in between.
            }
            catch (NetlinkException e)
            {
                throw new XtablesException($"nf_tables does not tell what iptables leaves out: {e.Message}", inner: e) { IsTransient = e.IsInterrupted };
            }
        }
    }

    /// <summary>Which of some tables sleep.</summary>
    /// <exception cref="NetlinkException">The kernel does not say.</exception>
    public static ValueList<TableName> Dormant(NftTables nft, Family family, IEnumerable<TableName> among) =>
        [.. among.Distinct().Where(table => nft.FindTable(family, table) is { IsDormant: true }).OrderBy(table => table.Order)];

    /// <summary>Puts tables to sleep or wakes them, where a plan asks for it.</summary>
    /// <exception cref="XtablesException">The kernel refuses.</exception>
    public static void Switch(NftTables? tables, RulesetPlan plan)
    {
        if (plan.Switches.Count == 0)
        {
            return;
        }

        try
        {
            var nft = tables ?? throw new XtablesException("nf_tables cannot be reached: no table can be woken");
            var batch = new NftBatch(nft.ReadGeneration());
            foreach (var one in plan.Switches)
            {
                batch.SetDormant(plan.Family, one.Table, one.Dormant);
            }

            nft.Commit(batch);
        }
        catch (NetlinkException e)
        {
            throw Explained(tables, plan, new($"{plan.Family.Name()}: {string.Join(", ", plan.Switches.Select(one => one.Table))}: {e.Message}", inner: e) { IsTransient = true });
        }
    }

    /// <summary>Why the tools were refused, where they do not know it themselves: a table belongs to somebody.</summary>
    public static XtablesException Explained(NftTables? tables, RulesetPlan plan, XtablesException failure)
    {
        try
        {
            foreach (var table in plan.Steps.Select(step => step.Key.Table).Concat(plan.Switches.Select(one => one.Table)).Distinct())
            {
                if (tables?.FindTable(plan.Family, table) is { Owner: { } owner })
                {
                    // No rule of ours is to blame for it.
                    return new(
                        string.Create(CultureInfo.InvariantCulture, $"the table {table} belongs to a process (nft's flag owner, netlink port {owner}, which is mostly its pid): nobody else can change it until that ends ({failure.Message})"), inner: failure)
                    { IsTransient = true };
                }
            }
        }
        catch (NetlinkException)
        {
            // Then the tools' own words must do.
        }

        return failure;
    }

    private static Ruleset Read(NftTables nft, DesiredState desired, Ruleset told)
    {
        var family = told.Family;
        var unfit = new Dictionary<ChainKey, string>();
        var native = new HashSet<TableName>();
        var scope = WatchScope.Of(desired, [told]).In(family).ToList();
        foreach (var (key, rules) in scope.Where(chain => told.WhyUnreadable(chain.Chain.Table) is null))
        {
            if (nft.FindChain(family, key) is not { } there)
            {
                continue;
            }

            if (BuiltinHook.WhyUnfit(key, there) is { } why)
            {
                unfit[key] = why;
            }
            else if (rules)
            {
                nft.VisitRules(family, key, (_, body) =>
                {
                    if (Repertoire.IsNative(body))
                    {
                        native.Add(key.Table);
                    }
                });
            }
        }

        return told with
        {
            // iptables-nft-save prints a rule that looks something up in a set of nf_tables without the set: as a plain -j DROP, say.
            Tables = native.Count == 0 ? told.Tables : [.. told.Tables.Where(table => !native.Contains(table.Name))],
            Unreadable = native.Count == 0 ? told.Unreadable :
            [
                .. told.Unreadable,
                .. native.Select(table => KeyValuePair.Create(table, "it holds a native nftables rule with a set, which iptables shows as another rule")),
            ],
            UnreadableChains = [.. unfit],
            Dormant = Dormant(nft, family, scope.Select(chain => chain.Chain.Table)),
        };
    }
}
