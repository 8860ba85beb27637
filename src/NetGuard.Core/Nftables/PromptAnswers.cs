using NetGuard.Core.Netlink;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>
/// Answers that are made while nothing happens: to the loss of one of NetGuard's rules, of all of a chain's rules, and of a policy. What is left
/// to do when it happens is to find the one that fits, before the culprit has closed its socket.
/// </summary>
public sealed class PromptAnswers
{
    // For each answer all rules of its chain are looked at. Where there are more, the answer is made when it is asked for: <see cref="PromptBatch"/>.
    private const int LongestChain = 64;
    private const int Most = 128;

    private readonly Dictionary<ulong, List<PromptAnswer>> _byFirstRule = [];

    private PromptAnswers(DesiredRuleset desired, KnownRuleset known) => (Desired, Known) = (desired, known);

    /// <summary>What they put back.</summary>
    public DesiredRuleset Desired { get; }

    /// <summary>What they are made for.</summary>
    public KnownRuleset Known { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Makes them, as <see cref="PromptBatch"/> makes each.</summary>
    /// <param name="desired">What is declared.</param>
    /// <param name="known">What is there, and is as declared.</param>
    /// <param name="bodyOf">Knows the bytes of the rules that are to come back; null where it does not.</param>
    public static PromptAnswers To(DesiredRuleset desired, KnownRuleset known, Func<Rule, byte[]?> bodyOf)
    {
        var answers = new PromptAnswers(desired, known);
        foreach (var declared in desired.Chains)
        {
            if (!known.Chains.TryGetValue(declared.Key, out var chain))
            {
                continue;
            }

            if (declared.Policy is not null && chain.Chain.Policy is { } policy)
            {
                Add(declared.Key, NftTransaction.Setting(known.Family, declared.Key, policy == ChainPolicy.Drop ? ChainPolicy.Accept : ChainPolicy.Drop));
            }

            if (chain.Handles.Length is 0 or > LongestChain)
            {
                continue;
            }

            if (chain.Handles.Length > 1)
            {
                Add(declared.Key, NftTransaction.Removing(known.Family, declared.Key, chain.Handles));
            }

            for (var i = 0; i < chain.Handles.Length; i++)
            {
                if (chain.Chain.Rules[i].IsOwned)
                {
                    Add(declared.Key, NftTransaction.Removing(known.Family, declared.Key, [chain.Handles[i]]));
                }
            }
        }

        return answers;

        void Add(ChainKey key, NftTransaction commit)
        {
            if (answers.Count < Most && PromptBatch.Of(desired, known, commit, 0, bodyOf) is { } batch)
            {
                answers.Add(new(known, key, commit, batch));
            }
        }
    }

    /// <summary>The answer to a commit.</summary>
    /// <param name="datagram">All that was told of it but its end, NEWGEN.</param>
    /// <returns>Null where none was made for it.</returns>
    public PromptAnswer? Find(ReadOnlySpan<byte> datagram)
    {
        if (Count == 0 || !NetlinkMessage.TryRead(ref datagram, out var message) || !NftEvent.TryParse(message, out var first)
            || !_byFirstRule.TryGetValue(first.Handle, out var answers))
        {
            return null;
        }

        foreach (var answer in answers)
        {
            if (answer.IsTo(first, datagram))
            {
                return answer;
            }
        }

        return null;
    }

    // A policy is no rule: number 0, which the kernel gives to none.
    private void Add(PromptAnswer answer)
    {
        var first = answer.Commit.Removed.Count == 0 ? 0 : answer.Commit.Removed[0].Handle;
        if (!_byFirstRule.TryGetValue(first, out var known))
        {
            _byFirstRule[first] = known = [];
        }

        known.Add(answer);
        Count++;
    }
}
