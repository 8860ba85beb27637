using NetGuard.Core.Attribution;
using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Docker;
using NetGuard.Core.Healing;
using NetGuard.Core.Ports;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>
/// Remembers Docker's own rules as they were last seen good, and puts them back when somebody else removes them. What Docker changes itself is
/// the new good; where it cannot be told who it was, what Docker reports a moment later decides.
/// </summary>
/// <param name="docker">What Docker reports.</param>
/// <param name="queue">Where a later round is asked for.</param>
/// <param name="events">Tells of changes.</param>
/// <param name="time">Measures.</param>
/// <param name="log">Is told.</param>
/// <param name="state">Counts.</param>
public sealed class DockerHealing(DockerTriggers docker, TriggerQueue queue, KernelEvents events, TimeProvider time, GuardLog log, GuardState state) : IDisposable
{
    // A container takes Docker a few commits within some tens of milliseconds. To learn too soon does no harm: it is learned again.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestLearning = TimeSpan.FromSeconds(1);

    // A firewall script flushes, deletes and loads in commands of its own. The next one is to find what the last one left: iptables -X
    // fails on chains that have rules, and then firewalld gives its reload up half way.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestScript = TimeSpan.FromMilliseconds(250);

    private const int Attempts = 5;

    private readonly Dictionary<Family, Memory> _memories = [];
    private readonly Contention _contention = new(time);
    private BackendChoice? _choice;
    private NftTables? _nft;
    private IDockersTables? _tables;
    private ITimer? _timer;

    // What nobody is seen to have done waits for Docker's word, but not for ever: Docker may be busy all day.
    // On iptables-legacy nobody is ever seen, and Docker itself starts a program for each rule, which takes a busy machine its time.
    private TimeSpan Doubt => TimeSpan.FromMilliseconds(_choice!.Backend == Backend.Legacy ? 1000 : 500);

    private TimeSpan LongestDoubt => 4 * Doubt;

    /// <summary>Looks at what has changed in Docker's chains, puts back, learns, or waits.</summary>
    /// <param name="preparation">What is declared.</param>
    /// <param name="wake">Why.</param>
    /// <param name="changes">What others have done.</param>
    /// <param name="held">Why nothing is to be changed now; null where it is.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The families in which rules were put back: NetGuard's own find their places anew.</returns>
    public async Task<IReadOnlyList<Family>> RunAsync(Preparation preparation, Wake wake, IReadOnlyList<KernelChange> changes, string? held, CancellationToken cancel)
    {
        held ??= preparation.Config.Mode == GuardMode.Audit ? "audit mode" : null;
        var isOn = preparation.Config.Docker?.Heal == true;
        events.WatchDocker(isOn && preparation.Choice.Backend == Backend.Nft);
        if (!isOn)
        {
            _memories.Clear();
            return [];
        }

        if (_choice?.Xtables != preparation.Choice.Xtables)
        {
            _choice = preparation.Choice;
            _memories.Clear();
            _tables = _choice.Backend == Backend.Nft ? new NftDockersTables(_nft ??= NftTables.Open(), _choice.Xtables) : new LegacyDockersTables(_choice.Xtables);
        }

        log.Contention(_contention.Quieten());
        var healed = state.RulesHealed;
        var touched = new List<Family>();
        foreach (var family in preparation.Desired.Rulesets.Select(ruleset => ruleset.Family))
        {
            var memory = _memories.TryGetValue(family, out var known) ? known : _memories[family] = new();
            try
            {
                TakeNote(memory, family, wake, changes);
                await HealAsync(memory, family, held, cancel).ConfigureAwait(false);
                memory.Failures = 0;
                if (state.RulesHealed != healed)
                {
                    healed = state.RulesHealed;
                    touched.Add(family);
                }
            }
            catch (Exception e) when (e is IOException or XtablesException)
            {
                log.HealFailed(family, e.Message, isNew: memory.Failures++ == 0);
                Again(TimeSpan.FromSeconds(Math.Min(memory.Failures, 30)));
            }
        }

        return touched;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _nft?.Dispose();
    }

    private void TakeNote(Memory memory, Family family, Wake wake, IReadOnlyList<KernelChange> changes)
    {
        // Runs of iptables-legacy are told of, also those that only looked, and our own.
        var hasChanged = _choice!.Backend == Backend.Legacy && changes.Any(change => change.LegacyRun) && HasLegacyChanged(memory, family);
        foreach (var change in changes.Where(change => change.LegacyRun ? hasChanged : change.DockerTouches.Any(touch => touch.Family == family)))
        {
            memory.ChangedAt = change.ReceivedAt;
            switch (Authorship.Of(change.Pid, change.Name, change.Seen, change.Ticks))
            {
                case Author.Docker:
                    memory.DockerSince ??= change.ReceivedAt;
                    memory.IsDockerSeen = true;
                    break;

                // Who has run iptables-legacy is a guess: another run at the same time may be meant, even one in another namespace.
                case Author.Stranger when !change.LegacyRun:
                    memory.Stranger = change;
                    memory.StrangerSince ??= change.ReceivedAt;
                    break;
                default:
                    memory.Unknown = change;
                    memory.UnknownSince ??= change.ReceivedAt;
                    break;
            }
        }

        if (wake.Has(Triggers.Lost | Triggers.Interval))
        {
            memory.UnknownSince ??= time.GetTimestamp();
        }

        if (memory.Topology != docker.Topology)
        {
            if (Moved(memory.Topology, docker.Topology, family) is { Count: > 0 } moved)
            {
                (memory.Moved, memory.MovedAt) = (moved, time.GetTimestamp());
            }

            memory.Topology = docker.Topology;
            memory.IsTopologyNew = true;
        }
    }

    private static bool HasLegacyChanged(Memory memory, Family family)
    {
        var now = LegacyChains.Read(family);
        var former = memory.Digests;
        memory.Digests = now;
        return now is null || former is null || DockersRules.Chains.Any(key =>
            now.TryGetValue(key, out var digest) != former.TryGetValue(key, out var was) || digest != was);
    }

    private async Task HealAsync(Memory memory, Family family, string? held, CancellationToken cancel)
    {
        if (!docker.IsAnswering)
        {
            // Docker is stopped or starting: what it wants is not known, and when it has started it makes all anew.
            memory.IsDockerAway = true;
            if (memory.Stranger is not null)
            {
                log.HealWaits();
            }

            return;
        }

        if (memory.IsDockerAway)
        {
            // Only where nobody but a stranger was seen has Docker, for all that is known, not been started anew meanwhile.
            memory.IsDockerAway = false;
            if (memory is not { DockerSince: null, UnknownSince: null })
            {
                memory.Forget();
            }
        }

        if (memory.Good is null)
        {
            await LearnAsync(memory, family, cancel).ConfigureAwait(false);
            return;
        }

        // Docker alone has been at work: nothing to compare, only to learn.
        if (memory is { Stranger: null, UnknownSince: null, IsTopologyNew: false })
        {
            if (memory.DockerSince is not null)
            {
                await LearnAsync(memory, family, cancel).ConfigureAwait(false);
            }

            return;
        }

        for (var i = 0; ; i++)
        {
            var live = await _tables!.ReadAsync(family, memory.Good.Value, cancel).ConfigureAwait(false);
            if (held is null)
            {
                await RetractAsync(memory, family, live, cancel).ConfigureAwait(false);
            }

            var plan = WithoutMoved(memory, HealPlan.Of(family, memory.Good.Value, live.Bodies, memory.Topology));
            if (plan.IsEmpty || memory is { Stranger: null, UnknownSince: null })
            {
                // A rule that Docker alone has taken away is not missing.
                memory.Settle();
                if (memory.DockerSince is not null)
                {
                    await LearnAsync(memory, family, cancel).ConfigureAwait(false);
                }

                return;
            }

            if (held is not null)
            {
                if (memory.Held != plan.Count)
                {
                    memory.Held = plan.Count;
                    log.HealHeld(plan, Cause(memory)?.Culprit ?? Culprit.Unknown, held);
                }

                return;
            }

            if (Wait(memory, plan) is var wait && wait > TimeSpan.Zero)
            {
                Again(wait);
                return;
            }

            try
            {
                await PutBackAsync(memory, plan, live, cancel).ConfigureAwait(false);
                return;
            }
            catch (NetlinkException e) when (e.IsInterrupted && i < Attempts)
            {
                // Somebody has written since it was read: again, with what is there now.
            }
        }
    }

    // The addresses of the containers that are on other networks than before.
    private static HashSet<string> Moved(Topology before, Topology now, Family family)
    {
        var former = before.Containers.DistinctBy(container => container.Id).ToDictionary(container => container.Id);
        return
        [
            .. now.Containers.Where(container => former.TryGetValue(container.Id, out var was) && was.Endpoints != container.Endpoints)
                .SelectMany(container => container.Endpoints.Concat(former[container.Id].Endpoints)).Select(endpoint => endpoint.Address(family)).OfType<string>(),
        ];
    }

    // A container's ports are published to its address on one of its networks, which may be another one with a new network: Docker takes the
    // rules for the old address away, though the container still has it. What nobody else was seen to do then is taken for Docker's doing.
    private HealPlan WithoutMoved(Memory memory, HealPlan plan)
    {
        if (memory.Stranger is not null)
        {
            return plan;
        }

        var rest = plan.Without(published => IsMoved(memory, published));
        if (rest.Count < plan.Count)
        {
            memory.DockerSince ??= time.GetTimestamp();
            memory.IsDockerSeen = true;
            if (memory.MovedToldAt != memory.MovedAt)
            {
                memory.MovedToldAt = memory.MovedAt;
                log.HealLeaves(plan.Family, plan.Count - rest.Count);
            }
        }

        return rest;
    }

    private bool IsMoved(Memory memory, PublishedClaim published) =>
        memory.Moved.Count > 0 && published.Container is { } address && memory.Moved.Contains(address) && time.GetElapsedTime(memory.MovedAt) < LongestDoubt * 2;

    // A stranger who was seen is answered when he is done. Otherwise Docker may be at work, and its own word comes a little later.
    private TimeSpan Wait(Memory memory, HealPlan plan)
    {
        var fight = plan.Chains.Select(chain => _contention.WaitFor(About(plan.Family, chain))).Max();
        var (began, pause, longest) = memory.Stranger switch
        {
            null => (memory.UnknownSince, Doubt, LongestDoubt),
            { IsByFirewallDaemon: true } => (memory.StrangerSince, FirewallDaemon.Pause, FirewallDaemon.Longest),
            _ => (memory.StrangerSince, Pause, LongestScript),
        };
        if (memory.Stranger is not null && plan.Chains.Any(chain => chain.Create && chain.Chain.Key.IsBuiltin))
        {
            return fight; // Whole tables are gone. Whoever makes them first decides their policies.
        }

        if (began is not { } since || time.GetElapsedTime(since) >= longest)
        {
            return fight;
        }

        var wait = pause - time.GetElapsedTime(memory.ChangedAt ?? since);
        return wait > fight ? wait : fight;
    }

    private async Task PutBackAsync(Memory memory, HealPlan plan, DockersLive before, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        await _tables!.PutBackAsync(plan, before, cancel).ConfigureAwait(false);
        var mended = time.GetTimestamp();
        if (_choice!.Backend == Backend.Legacy)
        {
            HasLegacyChanged(memory, plan.Family); // What changes from now on is not ours.
        }

        var live = await _tables.ReadAsync(plan.Family, memory.Good!.Value, cancel).ConfigureAwait(false);
        var rest = HealPlan.Of(plan.Family, memory.Good.Value, live.Bodies, memory.Topology);
        if (!rest.IsEmpty && rest.Count >= plan.Count)
        {
            throw new XtablesException($"{rest.Count} rules of Docker's are still missing though they were put back without an error");
        }

        Remember(memory, plan, before, live, mended);
        var cause = Cause(memory);
        var culprit = cause?.Culprit ?? Culprit.Unknown;
        var drifts = plan.Chains.Select(chain => new Drift(DriftKind.Missing) { Family = plan.Family, Chain = chain.Chain.Key }).ToList();
        var began = _contention.Repaired(drifts, time.GetElapsedTime(start), _ => cause?.ReceivedAt);
        state.Healed(plan.Count);
        if (!drifts.TrueForAll(drift => _contention.IsOldNews(drift, culprit.Name)))
        {
            log.Healed(plan, culprit, time.GetElapsedTime(start, mended), cause is { ReceivedAt: var at } && at < mended ? time.GetElapsedTime(at, mended) : null);
        }

        log.Contention(began, _ => culprit);
        memory.Settle();
        if (memory.DockerSince is not null)
        {
            Again(Quiet);
        }
    }

    // Docker's word that a container is gone may come after its rules were put back. Docker has tried to take them out by then.
    private async Task RetractAsync(Memory memory, Family family, DockersLive live, CancellationToken cancel)
    {
        memory.IsTopologyNew = false;
        memory.Restored.RemoveAll(restored => !Stands(restored));
        var gone = memory.Restored.Where(restored => restored.Rule.Claim is { } claim && (!claim.Holds(family, memory.Topology) || WasMoved(restored, claim))).ToList();
        if (gone.Count == 0)
        {
            return;
        }

        await _tables!.TakeOutAsync(family, [.. gone.Select(restored => (restored.Chain, new DockersRule(restored.Handle, restored.Rule.Body)))], live, cancel).ConfigureAwait(false);
        memory.Restored.RemoveAll(gone.Contains);
        log.HealRetracted(family, gone.Count);
        memory.UnknownSince ??= time.GetTimestamp(); // What was read is not what is there any more.
        Again(TimeSpan.FromMilliseconds(1));

        // Put back when nobody was seen, and then Docker says that the container has been connected elsewhere.
        bool WasMoved(Restored restored, DockerClaim claim) => restored.InDoubtAt is { } at && claim.Published is { } published && IsMoved(memory, published)
            && time.GetElapsedTime(at, memory.MovedAt) < LongestDoubt * 2;

        bool Stands(Restored restored) => live.Chains.TryGetValue(restored.Chain, out var rules)
            && rules.Any(rule => rule.Handle == restored.Handle && BodyEquality.Instance.Equals(rule.Body, restored.Rule.Body));
    }

    private static void Remember(Memory memory, HealPlan plan, DockersLive before, DockersLive live, long now)
    {
        foreach (var chain in plan.Chains)
        {
            var there = before.Chains.GetValueOrDefault(chain.Chain.Key)?.Select(rule => rule.Handle).ToHashSet() ?? [];
            var fresh = (live.Chains.GetValueOrDefault(chain.Chain.Key) ?? []).Where(rule => rule.Handle == 0 || !there.Contains(rule.Handle)).ToList();
            foreach (var (rule, _) in chain.Rules)
            {
                var at = fresh.FindIndex(one => BodyEquality.Instance.Equals(one.Body, rule.Body));
                if (at >= 0)
                {
                    memory.Restored.Add(new(chain.Chain.Key, fresh[at].Handle, rule, memory.Stranger is null ? now : null));
                    fresh.RemoveAt(at);
                }
            }
        }
    }

    private async Task LearnAsync(Memory memory, Family family, CancellationToken cancel)
    {
        if (!docker.Topology.IsKnown || docker.Topology == Topology.Assumed)
        {
            return;
        }

        var quiet = Quiet - time.GetElapsedTime(memory.ChangedAt ?? 0);
        if (quiet > TimeSpan.Zero && memory.ChangedAt is not null && (memory.DockerSince is not { } since || time.GetElapsedTime(since) < LongestLearning))
        {
            Again(quiet);
            return;
        }

        var isFirst = memory.Good is null;
        if (_choice!.Backend == Backend.Legacy)
        {
            HasLegacyChanged(memory, family);
        }

        var read = await _tables!.LearnAsync(family, cancel).ConfigureAwait(false);
        if (memory.Good is { } former && IsSomethingGone(family, former, read, memory.Topology)
            && !(memory.IsDockerSeen && memory.DockerSince is { } at && time.GetElapsedTime(at) >= LongestDoubt))
        {
            // Not the new good, as long as Docker reports what the rules that are gone are about: somebody removes them just now, and the
            // news of that is on its way; or Docker does, and it is its report that is.
            if (!memory.IsDockerSeen)
            {
                memory.ChangedAt = time.GetTimestamp();
                memory.UnknownSince ??= memory.ChangedAt;
            }

            Again(Quiet);
            return;
        }

        memory.Good = read;
        memory.Moved = [];
        memory.Settle();
        (memory.DockerSince, memory.IsDockerSeen) = (null, false);
        if (isFirst)
        {
            log.HealKnows(family, memory.Good.Value, memory.Topology, _nft is not null && family == Family.Ipv4 && HasOwnTables());
        }

        log.HealLearned(family, memory.Good.Value);
    }

    private static bool IsSomethingGone(Family family, ValueList<RememberedChain> former, ValueList<RememberedChain> read, Topology topology)
    {
        var there = read.ToDictionary(chain => chain.Key, chain => (IReadOnlyList<ReadOnlyMemory<byte>>)[.. chain.Rules.Select(rule => rule.Body)]);
        return HealPlan.Of(family, former, there.GetValueOrDefault, topology).Count > 0;
    }

    // From 29 on Docker can do without iptables: then it has tables of its own, and nothing here is remembered of them.
    private bool HasOwnTables() => _nft!.DumpChains(Family.Ipv4).Any(chain => chain.Table == "docker-bridges");

    private static KernelChange? Cause(Memory memory) => memory.Stranger ?? memory.Unknown;

    private static Contended About(Family family, HealedChain chain) => new(family, chain.Chain.Key, null);

    private void Again(TimeSpan later)
    {
        _timer ??= time.CreateTimer(_ => queue.Post(Triggers.Docker), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(later > TimeSpan.Zero ? later : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    // A rule that NetGuard has put back, and when, where nobody was seen to have removed it.
    private sealed record Restored(ChainKey Chain, ulong Handle, RememberedRule Rule, long? InDoubtAt);

    // What is known of one family, and what has happened since it was last as it should be.
    private sealed class Memory
    {
        public ValueList<RememberedChain>? Good { get; set; }

        public Topology Topology { get; set; } = Topology.Assumed;

        public bool IsTopologyNew { get; set; }

        public List<Restored> Restored { get; } = [];

        public HashSet<string> Moved { get; set; } = [];

        public long MovedAt { get; set; }

        public long MovedToldAt { get; set; }

        public long? ChangedAt { get; set; }

        public long? DockerSince { get; set; }

        public bool IsDockerSeen { get; set; }

        public long? UnknownSince { get; set; }

        public KernelChange? Unknown { get; set; }

        public KernelChange? Stranger { get; set; }

        public long? StrangerSince { get; set; }

        public int Failures { get; set; }

        public IReadOnlyDictionary<ChainKey, LegacyChain>? Digests { get; set; }

        public bool IsDockerAway { get; set; }

        // How many rules were missing when it was last told that they are not put back.
        public int Held { get; set; }

        public void Forget()
        {
            Good = null;
            Restored.Clear();
            Settle();
        }

        // What nobody was seen to do may have been Docker: what is there besides is learned.
        public void Settle()
        {
            DockerSince ??= Unknown?.ReceivedAt;
            (Stranger, StrangerSince, Unknown, UnknownSince, Held) = (null, null, null, null, 0);
        }
    }
}
