using NetGuard.Core.Diff;
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
/// Reads the chains of one family that matter, and puts them right, without a process: every rule in them must be known by its bytes from
/// an earlier reading of the tools. These stay the authority: they are asked about each rule that is not known, and, behind each repair,
/// about each chain that was written to.
/// </summary>
/// <param name="family">The family.</param>
/// <param name="tables">The kernel's tables.</param>
/// <param name="tools">The same, by iptables' own tools.</param>
internal sealed class NftShortcut(Family family, NftTables tables, IXtables tools)
{
    // Each attempt is spoilt by another commit, or by a chain that must be asked about again.
    private const int Attempts = 5;

    // Any commit tears a dump, to whichever table. Beside an engine that starts containers one in three is torn, and another dump takes less
    // than the tools' reading, which is torn as well.
    private const int MostTorn = 20;

    private readonly RuleMemory _memory = new();
    private readonly HashSet<ChainKey> _written = [];
    private readonly HashSet<(ChainKey Chain, bool Rules)> _mattered = [];
    private readonly Dictionary<ChainKey, ulong[]> _told = [];
    private readonly RulePromises _promised = new();
    private KnownRuleset? _last;
    private PromptAnswers? _answers;
    private bool _trusted;
    private bool _tagsNatively = true;

    /// <summary>Has the next reading be done by the tools.</summary>
    public void Distrust()
    {
        _trusted = false;
        _last = null;
    }

    /// <summary>Takes note of what the tools have read.</summary>
    /// <param name="desired">What decides which chains matter.</param>
    /// <param name="ruleset">What they told, corrected by <see cref="NftWitness"/>.</param>
    /// <param name="generation">The generation before they began.</param>
    public void Learn(DesiredState desired, Ruleset ruleset, uint generation)
    {
        Distrust();
        _written.Clear();
        _promised.Clear();
        _mattered.Clear();
        Trim(desired, ruleset.Chains.Select(chain => chain.Value));
        try
        {
            if (tables.ReadGeneration() != generation)
            {
                // Nothing is paired, and what is known stays true. Beside somebody who commits without a pause, as an engine that starts
                // containers does, no whole reading is of one generation: chain by chain it can be told (AskAsync).
                _mattered.UnionWith(Scope(desired, ruleset));
                _memory.Settle(_mattered.Sum(chain => ruleset.Find(chain.Chain)?.Rules.Count ?? 0));
                _trusted = true;
                return;
            }

            var chains = new Dictionary<ChainKey, KnownChain>();
            var complete = true;
            foreach (var (key, rules) in Scope(desired, ruleset))
            {
                _mattered.Add((key, rules));
                if (ruleset.WhyUnreadable(key) is not null)
                {
                    complete = false;
                }
                else if (tables.FindChain(family, key) is { } there)
                {
                    var told = ruleset.Find(key);
                    var known = rules ? Pair(key, told) : new(new(key.Chain, there.Policy, []), []);
                    complete &= known is not null && known.Chain.Policy == there.Policy;
                    chains[key] = known ?? new(new(key.Chain, there.Policy, []), []);
                }
            }

            _trusted = true;
            if (tables.ReadGeneration() != generation)
            {
                // Texts may have been paired with other rules' bytes, and be put back as those.
                _memory.Forget();
                _memory.Settle(chains.Values.Sum(chain => chain.Handles.Length));
                return;
            }

            _memory.Settle();
            _last = complete ? new(family, generation, chains) { Dormant = ruleset.Dormant } : null;
        }
        catch (NetlinkException)
        {
            // The tools have read; that the bytes could not be learnt costs only time.
            _memory.Forget();
        }
    }

    /// <summary>Reads the chains that matter; null where only the tools can.</summary>
    public async Task<KnownRuleset?> ReadAsync(DesiredState desired, CancellationToken cancel)
    {
        var asked = new HashSet<ChainKey>();
        for (var (attempt, torn) = (0, 0); _trusted && attempt < Attempts && torn < MostTorn;)
        {
            _last = null;
            try
            {
                if (Read(desired, out var unknown) is { } known)
                {
                    if (await IsVerifiedAsync(known, cancel).ConfigureAwait(false))
                    {
                        _written.Clear();
                        _told.Clear();
                        _promised.Clear();
                        Trim(desired, known.Chains.Values.Select(chain => chain.Chain));
                        return _last = known;
                    }

                    attempt++;
                }
                else if (unknown is not { } key)
                {
                    torn++;
                }
                else
                {
                    attempt += asked.Add(key) ? 0 : 1;
                    if (!await AskAsync(desired, key, cancel).ConfigureAwait(false))
                    {
                        break;
                    }
                }
            }
            catch (NetlinkException e) when (e.IsInterrupted)
            {
                torn++;
            }
            catch (Exception e) when (e is NetlinkException or XtablesException)
            {
                break;
            }
        }

        Distrust();
        return null;
    }

    /// <summary>Makes the answers to what may happen to what was read last; null where there are none.</summary>
    /// <param name="ruleset">What is declared for the family; what was read last was so.</param>
    public PromptAnswers? Prepare(DesiredRuleset ruleset) => _answers =
        !_trusted || _last is not { } last ? null
        : ReferenceEquals(_answers?.Known, last) && ReferenceEquals(_answers?.Desired, ruleset) ? _answers
        : PromptAnswers.To(ruleset, last, BodyOf);

    /// <summary>Gives one of these answers.</summary>
    /// <param name="ruleset">What is declared for the family; what was read last was so.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="made">The generation that the commit made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    /// <returns>What was amiss; nothing where nothing was done.</returns>
    public IReadOnlyCollection<Drift> Answer(DesiredRuleset ruleset, PromptAnswer answer, uint made, uint since)
    {
        if (!ReferenceEquals(Before(made, since), answer.Known) || !TryCommit(() => tables.Commit(answer.Batch, made)))
        {
            return [];
        }

        return Answered(ruleset, answer.Known.After(answer.Commit, made)!, answer.Commit);
    }

    /// <summary>Compares and writes in one go; whatever stands in the way is left to a round.</summary>
    /// <param name="desired">What decides which chains matter.</param>
    /// <param name="ruleset">What is declared for the family; what was read last was so.</param>
    /// <param name="commit">What was told of the commit that is to be judged: often all that must be known, so that nothing has to be read.</param>
    /// <param name="made">The generation that it made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    /// <returns>What was amiss; nothing where nothing was done.</returns>
    public IReadOnlyCollection<Drift> Mend(DesiredState desired, DesiredRuleset ruleset, NftTransaction commit, uint made, uint since)
    {
        if (MendPromptly(ruleset, commit, made, since) is { } mended)
        {
            // Where it was refused, what is there is not what was told.
            return mended.Count > 0 ? mended : Mend(desired, ruleset, null);
        }

        return Mend(desired, ruleset, Before(made, since)?.After(commit, made));
    }

    /// <summary>The same from what was told alone.</summary>
    /// <param name="ruleset">What is declared for the family; what was read last was so.</param>
    /// <param name="commit">What was told of the commit.</param>
    /// <param name="made">The generation that it made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    /// <returns>What was amiss; nothing where the kernel refused; null where more must be known.</returns>
    public IReadOnlyCollection<Drift>? MendPromptly(DesiredRuleset ruleset, NftTransaction commit, uint made, uint since) =>
        Before(made, since) is not { } last || PromptBatch.Of(ruleset, last, commit, made, BodyOf) is not { } prompt ? null
        : TryCommit(() => tables.Commit(prompt)) ? Answered(ruleset, last.After(commit, made)!, commit)
        : [];

    // What was read last, if it is what was there before the commit.
    private KnownRuleset? Before(uint made, uint since) =>
        _trusted && _last is { } known && unchecked((int)(known.Generation - since)) >= 0 && unchecked((int)(made - known.Generation)) > 0 ? known : null;

    private bool TryCommit(Action commit)
    {
        try
        {
            commit();
            _last = null;
            return true;
        }
        catch (NetlinkException)
        {
            return false; // Somebody came in between, or the kernel has a reason: it is looked at again.
        }
    }

    private HashSet<Drift> Answered(DesiredRuleset ruleset, KnownRuleset broken, NftTransaction commit)
    {
        _written.UnionWith(commit.Touches.Where(touch => touch.Family == family).Select(touch => touch.Chain!.Value));
        return [.. RulesetDiff.Between(ruleset, broken.ToRuleset()).Drifts];
    }

    private ValueList<Drift> Mend(DesiredState desired, DesiredRuleset ruleset, KnownRuleset? told)
    {
        for (var attempt = 0; _trusted && attempt < Attempts; attempt++)
        {
            try
            {
                ChainKey? unknown = null;
                if ((attempt == 0 ? told : null) is not { } known && (known = Read(desired, out unknown)) is null)
                {
                    if (unknown is not null)
                    {
                        break;
                    }

                    continue;
                }

                _last = known;
                var diff = RulesetDiff.Between(ruleset, known.ToRuleset());
                return TryRestore(RulesetPlan.For(diff)) ? diff.Drifts : [];
            }
            catch (NetlinkException e) when (e.IsInterrupted)
            {
                // A commit came in between.
            }
            catch (XtablesException e) when (e.IsOutdated)
            {
                // Another one.
            }
            catch (NetlinkException)
            {
                break;
            }
        }

        return [];
    }

    /// <summary>Carries out a plan that was made for what was read last.</summary>
    /// <returns>False where it cannot be done here, and nothing was done.</returns>
    /// <exception cref="XtablesException">Somebody else has committed since.</exception>
    public bool TryRestore(RulesetPlan plan)
    {
        try
        {
            var batch = _last is { } actual ? PlanBatch.Of(plan, actual, BodyOf) : null;
            if (batch is not null)
            {
                tables.Commit(batch);
                _last = null;
            }

            _written.UnionWith(plan.Steps.Select(step => step.Key));
            return batch is not null;
        }
        catch (NetlinkException e) when (e.IsInterrupted)
        {
            throw new XtablesException("the tables were changed between reading and writing", inner: e) { IsTransient = true, IsOutdated = true };
        }
        catch (NetlinkException)
        {
            _written.UnionWith(plan.Steps.Select(step => step.Key));
            return false; // The tools say why, or know better.
        }
    }

    // In one generation. Where a rule is not known it says in which chain, and ends.
    private KnownRuleset? Read(DesiredState desired, out ChainKey? unknown)
    {
        unknown = null;
        var generation = tables.ReadGeneration();
        var chains = new Dictionary<ChainKey, KnownChain>();
        var unfit = new Dictionary<ChainKey, string>();
        var asked = new HashSet<(ChainKey Chain, bool Rules)>();
        var next = _mattered.ToList();
        while (next.Count > 0)
        {
            foreach (var (key, rules) in next)
            {
                asked.Add((key, rules));
                if (tables.FindChain(family, key) is not { } there)
                {
                    continue;
                }

                if (BuiltinHook.WhyUnfit(key, there) is { } why)
                {
                    unfit[key] = why;
                    continue;
                }

                if (ReadChain(key, there, rules) is not { } known)
                {
                    unknown = key;
                    return null;
                }

                chains[key] = known;
            }

            // Which chains matter depends on what is in them.
            next = [.. Scope(desired, new KnownRuleset(family, generation, chains).ToRuleset()).Where(chain => !asked.Contains(chain) && !asked.Contains((chain.Chain, true)))];
        }

        var dormant = NftWitness.Dormant(tables, family, asked.Select(one => one.Chain.Table));
        return tables.ReadGeneration() == generation ? new(family, generation, chains) { Dormant = dormant, Unfit = [.. unfit] } : null;
    }

    private KnownChain? ReadChain(ChainKey key, NftChain there, bool withRules)
    {
        var (rules, handles, complete) = (new List<Rule>(), new List<ulong>(), true);
        if (withRules)
        {
            tables.VisitRules(family, key, (handle, body) =>
            {
                if (_memory.Find(body) is { } rule)
                {
                    rules.Add(rule);
                    handles.Add(handle);
                }
                else
                {
                    complete = false;
                }
            });
        }

        return complete ? new(new(key.Chain, there.Policy, rules.ToValueList()), [.. handles]) : null;
    }

    // What a chain holds, told by the tools. False where that does not help.
    private async Task<bool> AskAsync(DesiredState desired, ChainKey key, CancellationToken cancel)
    {
        var (learnable, before) = Untorn(() =>
        {
            var (all, handles) = (true, new List<ulong>());
            tables.VisitRules(family, key, (handle, body) =>
            {
                all &= Repertoire.Holds(body);
                handles.Add(handle);
            });
            return (all, handles);
        });
        if (!learnable)
        {
            return false;
        }

        // A rule that is replaced gets another handle: what was there before and is there behind was there in between.
        var told = SharedRules.In(
            await tools.ReadChainAsync(family, key, cancel).ConfigureAwait(false), desired.Rulesets.SelectMany(r => r.Family == family ? r.Chains : []).FirstOrDefault(chain => chain.Key == key));
        var (generation, rules) = Untorn(() => (tables.ReadGeneration(), tables.DumpRules(family, key)));
        if (!before.SequenceEqual(Handles(rules)))
        {
            return true; // The next attempt will ask again.
        }

        if (rules.Count != told.Rules.Count)
        {
            return false;
        }

        var unfit = rules.Zip(told.Rules).Where(pair => _promised.AreBrokenBy(pair.First.Body, pair.Second)).ToList();
        if (unfit.Count > 0)
        {
            TakeBack(key, generation, unfit.Select(pair => pair.First.Handle));
            return false;
        }

        _told[key] = [.. before];
        return rules.Zip(told.Rules).All(pair => _memory.Learn(pair.First.Body, pair.Second));
    }

    // The tools' answer is not thrown away because somebody commits to another chain meanwhile.
    private static T Untorn<T>(Func<T> read)
    {
        for (var torn = 1; ; torn++)
        {
            try
            {
                return read();
            }
            catch (NetlinkException e) when (e.IsInterrupted && torn < MostTorn)
            {
                // Once more.
            }
        }
    }

    // Containers come and go without end, and their rules with them: what is neither there nor declared is forgotten.
    private void Trim(DesiredState desired, IEnumerable<Chain> there)
    {
        if (_memory.IsFull)
        {
            _memory.Keep([
                .. there.SelectMany(chain => chain.Rules),
                .. desired.Rulesets.Where(ruleset => ruleset.Family == family).SelectMany(ruleset => ruleset.Chains)
                    .SelectMany(chain => chain.Top.Concat(chain.Bottom)).Select(rule => rule.Rule),
            ]);
        }
    }

    private static ulong[] Handles(IReadOnlyList<NftRule> rules) => [.. rules.Select(rule => rule.Handle)];

    // These tools show the comment otherwise. What was just put in comes anew as they would write it.
    private void TakeBack(ChainKey key, uint generation, IEnumerable<ulong> handles)
    {
        _tagsNatively = false;
        var batch = new NftBatch(generation);
        foreach (var handle in handles)
        {
            batch.DeleteRule(family, key, handle);
        }

        tables.Commit(batch);
    }

    private byte[]? BodyOf(Rule rule)
    {
        if (_memory.BodyOf(rule) is not (_, var body, var native) || (native && !_tagsNatively))
        {
            return null;
        }

        if (native)
        {
            _promised.Add(body, rule);
        }

        return body;
    }

    private async Task<bool> IsVerifiedAsync(KnownRuleset known, CancellationToken cancel)
    {
        // Those that were asked about because a rule was not known, and are as they were then, need no second question.
        var open = _written.Where(key => known.Chains.TryGetValue(key, out var chain) && _told.GetValueOrDefault(key)?.SequenceEqual(chain.Handles) != true);
        var chains = await Task.WhenAll(open
            .Select(async key => (key, told: await tools.ReadChainAsync(family, key, cancel).ConfigureAwait(false)))).ConfigureAwait(false);
        if (chains.All(chain => chain.told == known.Chains[chain.key].Chain))
        {
            return true;
        }

        if (tables.ReadGeneration() != known.Generation)
        {
            return false;
        }

        _memory.Forget();
        throw new XtablesException("the tools tell another story than the kernel"); // Then theirs is the one that counts.
    }

    private KnownChain? Pair(ChainKey key, Chain? told)
    {
        var (handles, complete) = (new List<ulong>(), told is not null);
        tables.VisitRules(family, key, (handle, body) =>
        {
            complete = complete && handles.Count < told!.Rules.Count && _memory.Learn(body, told.Rules[handles.Count]);
            handles.Add(handle);
        });
        return complete && handles.Count == told!.Rules.Count ? new(told, [.. handles]) : null;
    }

    private IEnumerable<(ChainKey Chain, bool Rules)> Scope(DesiredState desired, Ruleset ruleset) => WatchScope.Of(desired, [ruleset]).In(family);
}
