using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.Watch;
using NetGuard.Netlink;

namespace NetGuard.Daemon;

/// <summary>
/// Answers at once what can be answered from what is told of a commit, and from nothing else: what must be read for it is left to
/// <see cref="KernelEvents"/>, which also tells of it. It reads the commits for itself, since it may be ahead of all others.
/// </summary>
/// <param name="aid">Where the answers are.</param>
/// <param name="scope">The chains that matter.</param>
/// <param name="isStranger">Whether somebody else has committed.</param>
/// <param name="generation">Which generation is in force; null where the kernel does not say.</param>
internal sealed class Responder(FirstAid aid, Func<WatchScope> scope, Lookout.IsStranger isStranger, Func<uint?> generation)
{
    /// <summary>How much may wait to be received, in bytes: some hundred commits, all of them at once no longer worth a quick answer.</summary>
    public const int ReceiveBuffer = 256 * 1024;

    private readonly NftTransaction _transaction = new();
    private PromptAnswer? _answer;
    private bool _hasMore;
    private uint _concernedAt;

    /// <summary>Begins anew: what has been committed until now may be about anything.</summary>
    /// <returns>False where that cannot be told.</returns>
    public bool Opened()
    {
        Clear();
        var now = generation();
        _concernedAt = now ?? 0;
        return now is not null;
    }

    /// <summary>Receives what there is.</summary>
    /// <exception cref="NetlinkException">Something was lost.</exception>
    public void Receive(NetlinkListener listener)
    {
        while (listener.Receive() is { Length: > 0 } datagram)
        {
            if (_answer is null && !_transaction.Concerns && aid.Find(datagram) is { } answer)
            {
                _answer = answer; // To all that was told so far.
                continue;
            }

            while (NetlinkMessage.TryRead(ref datagram, out var message))
            {
                if (!NftEvent.TryParse(message, out var change))
                {
                    continue;
                }

                if (change.Kind == NfTables.NewGeneration)
                {
                    Commit(change, message.Port);
                }
                else if (_answer is not null)
                {
                    _hasMore = true;
                }
                else
                {
                    _transaction.Add(change, scope());
                }
            }
        }
    }

    private void Commit(in NftEvent commit, uint port)
    {
        if (_answer is not null || _transaction.Concerns)
        {
            if (isStranger(commit, port) && !KernelEvents.IsRestore(commit))
            {
                if (_answer is { } answer && !_hasMore)
                {
                    aid.Give(answer, commit.Generation, _concernedAt);
                }
                else if (_answer is null && _transaction.IsPlain)
                {
                    aid.GivePromptly(_transaction, commit.Generation, _concernedAt);
                }
            }

            _concernedAt = commit.Generation;
        }

        Clear();
    }

    private void Clear()
    {
        (_answer, _hasMore) = (null, false);
        _transaction.Clear();
    }
}
