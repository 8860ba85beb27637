using System.Text;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Xtables;

/// <summary>The text that loads declared rules into an empty namespace, with all that they refer to.</summary>
internal static class ScratchText
{
    public static string Line(RuleDraft draft) => $"-A {draft.Chain.Chain} {draft.TaggedText}";

    public static string Of(IReadOnlyList<RuleDraft> drafts)
    {
        var text = new StringBuilder();
        foreach (var table in drafts.GroupBy(draft => draft.Chain.Table))
        {
            text.Append('*').Append(table.Key.Value).Append('\n');
            var chains = table.Select(draft => draft.Chain.Chain.Value)
                .Concat(table.SelectMany(Jumps))
                .Where(chain => !table.Key.BuiltinChains.Contains(chain))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var chain in chains)
            {
                text.Append(':').Append(chain).Append(" - [0:0]\n");
            }

            // The kernel refuses some matches and targets only where a built-in chain leads to them, as FORWARD does to Docker's.
            foreach (var chain in chains.Where(chain => table.Key == TableName.Filter && (chain == "DOCKER-USER" || new ChainName(chain).IsDockerMade)))
            {
                text.Append("-A FORWARD -j ").Append(chain).Append('\n');
            }

            foreach (var draft in table)
            {
                text.Append(Line(draft)).Append('\n');
            }

            text.Append("COMMIT\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Jumps(RuleDraft draft) =>
        draft.Target is { } target && Targets.IsChain(target) && ChainName.Fault(target) is null ? [target] : [];
}
