using NetGuard.Core.Diff;
using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>
/// Puts right at once, on the thread that hears of a change, what can be put right without a process. The round that follows verifies it and
/// tells of it. Between rounds only, and only where the last one left nothing open.
/// </summary>
/// <remarks>
/// It is a race that is worth running. The program that removed rules closes its netlink socket some 30 microseconds after the commit, and the
/// kernel holds nf_tables' commit mutex until the removed rules are freed, an RCU grace period later (nft_rcv_nl_event in
/// net/netfilter/nf_tables_api.c): its close(2) was seen to last 5 to 20 ms, and our send(2) that came behind it as long. Whoever sends before it does not
/// wait: so what is most likely to be lost is answered with what was made before.
/// </remarks>
/// <param name="time">Measures what it costs.</param>
public sealed class FirstAid(TimeProvider time)
{
    /// <summary>A thread on each processor may give it, which is woken for each commit of anybody: where there are more, there are none, and the one that hears of changes gives it alone.</summary>
    public const int MostProcessors = 16;

    // However many changes come, no more than a quarter of the time is spent here; the others wait for a round.
    private const int Rest = 3;

    private readonly Lock _lock = new();
    private readonly HashSet<Drift> _found = [];
    private volatile WatchedXtables? _tables;
    private volatile IReadOnlyList<PromptAnswers> _answers = [];
    private (uint Generation, long HeardAt)? _answered;
    private uint? _tried;
    private long _lastEnd;
    private TimeSpan _lastCost;

    /// <summary>Whether it is given now.</summary>
    public bool IsReady => _tables is not null;

    /// <summary>From now on.</summary>
    public void Begin(WatchedXtables tables)
    {
        lock (_lock)
        {
            _answers = tables.Prepare();
            _tables = tables;
        }
    }

    /// <summary>No more: the tables belong to a round.</summary>
    /// <returns>What was found since it began, and put right as far as the kernel said.</returns>
    public HashSet<Drift> End()
    {
        lock (_lock)
        {
            Hold();
            var found = _found.ToHashSet();
            _found.Clear();
            return found;
        }
    }

    /// <summary>No more, until a round begins it again.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _tables = null;
            _answers = [];
        }
    }

    /// <summary>The answer that was made for a commit; null where there is none.</summary>
    /// <param name="datagram">All that was told of the commit but its end.</param>
    public PromptAnswer? Find(ReadOnlySpan<byte> datagram)
    {
        foreach (var answers in _answers)
        {
            if (answers.Find(datagram) is { } answer)
            {
                return answer;
            }
        }

        return null;
    }

    /// <summary>Gives an answer that was made before. Where that is not possible any more, <see cref="Give(NftTransaction, uint, uint)"/> sees to it.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="generation">The generation that the commit made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    public void Give(PromptAnswer answer, uint generation, uint since)
    {
        lock (_lock)
        {
            var start = time.GetTimestamp();
            if (_answered?.Generation != generation && MayBegin(start) && _tables!.Answer(answer, generation, since) is { Count: > 0 } mended)
            {
                _answered = (generation, start);
                Found(mended, start);
            }
        }
    }

    /// <summary>A chain that matters has changed: gives an answer that takes no reading. Of several who hear of it one tries, and where that does not do, <see cref="Give(NftTransaction, uint, uint)"/> sees to it.</summary>
    /// <param name="commit">What was told of the commit that did it.</param>
    /// <param name="generation">The generation that it made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    public void GivePromptly(NftTransaction commit, uint generation, uint since)
    {
        lock (_lock)
        {
            var start = time.GetTimestamp();
            if (_answered?.Generation == generation || _tried == generation || !MayBegin(start))
            {
                return;
            }

            _tried = generation;
            if (Families(commit).SelectMany(family => _tables!.MendPromptly(family, commit, generation, since)).ToList() is { Count: > 0 } mended)
            {
                _answered = (generation, start);
                Found(mended, start);
            }
        }
    }

    /// <summary>A chain that matters has changed.</summary>
    /// <param name="commit">What was told of the commit that did it.</param>
    /// <param name="generation">The generation that it made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    public void Give(NftTransaction commit, uint generation, uint since)
    {
        lock (_lock)
        {
            var start = time.GetTimestamp();
            if (_answered?.Generation == generation || !MayBegin(start))
            {
                return;
            }

            Found(Families(commit).SelectMany(family => _tables!.Mend(family, commit, generation, since)), start);
        }
    }

    /// <summary>When a commit that was answered was heard of; null where it was not. A responder may have heard of it, and answered, before anybody else has woken.</summary>
    /// <param name="generation">The generation that the commit made.</param>
    public long? HeardAt(uint generation)
    {
        lock (_lock)
        {
            return _answered is (var answered, var at) && answered == generation ? at : null;
        }
    }

    private static IEnumerable<Family> Families(NftTransaction commit) => Enum.GetValues<Family>().Where(family => commit.Touches.Any(touch => touch.Family == family));

    private bool MayBegin(long now) => _tables is not null && time.GetElapsedTime(_lastEnd, now) >= _lastCost * Rest;

    private void Found(IEnumerable<Drift> drifts, long start)
    {
        _found.UnionWith(drifts);
        _lastEnd = time.GetTimestamp();
        _lastCost = time.GetElapsedTime(start, _lastEnd);
    }
}
