using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>From a change that broke something to the change that mended it, by the daemon and by the kernel's events alone.</summary>
internal static class EventsGroup
{
    private const string ForwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

    // Of the two one loses a rule and the other all, in turns.
    private static readonly string[] Chains = ["DOCKER-USER", GuardedConfig.OwnChain];

    public static async Task<string> Measure(Bench bench)
    {
        var text = "";
        foreach (var backend in Enum.GetValues<Backend>())
        {
            var table = new MarkdownTable("rules of strangers", "what", "floor", "bare answer", "drift to repaired", "of floor", "goal");
            foreach (var size in bench.Sizes)
            {
                await Measure(bench, backend, size, table);
            }

            text += $"""
                ### Drift to repaired, by events alone, iptables-{backend.Name()}

                {table}

                """;
        }

        return text + string.Create(CultureInfo.InvariantCulture, $"""
            {bench.EventRounds} rounds. The daemon runs with an interval of an hour. Measured from outside, on a thread that has subscribed to the same
            notifications of the kernel as NetGuard: from the commit that broke the chain to the last commit that mended it (nft), from the
            notification that the switch is off to the one that it is on. iptables-legacy notifies of nothing: there the table itself is asked
            every 0.1 ms, and for the policy it is from the end of the program that changed it to the end of the one that put it back. What the daemon does afterwards, to be sure, is waited for and not counted. The rule and the flush
            fall in turns on DOCKER-USER and on a chain of three rules beside it, so that each flush has half of the rounds. In DOCKER-USER a rule has `-m conntrack`: nf_tables makes no rule with an extension of
            xtables before all removed ones are freed, an RCU grace period later (nft_compat_wait_for_destructors), whoever asks for it. The floor is one `iptables-save -t filter` and one
            `iptables-restore --noflush` that inserts one rule, once in each round, in a namespace of the same size without a daemon. No thing is broken again sooner than 130 ms, or
            three and a half times what its repair took, after it was mended: NetGuard takes what comes sooner for a fight, and slows down.
            The bare answer is the least that a program can do: in the floor's namespace a thread waits for the notification and sends one datagram, made before the break, that puts
            the same rules back in the same form. It knows beforehand what will be broken, looks at nothing and at nobody, and is
            measured as NetGuard is, in the same round.

            """);
    }

    private static async Task Measure(Bench bench, Backend backend, int size, MarkdownTable table)
    {
        Bench.Say($"events: iptables-{backend.Name()}, {Machine.Number(size)} rules of strangers");
        await using var bare = await Host.Create(backend, size, GuardedConfig.WithOwnChain(backend, "1h"));
        await using var host = await Host.Create(backend, size, GuardedConfig.WithOwnChain(backend, "1h"));
        await using var guard = await Guard.Start(bench, host);
        var (floor, one, policy, forwarding, leastOne) = (new Distribution(), new Distribution(), new Distribution(), new Distribution(), new Distribution());
        var flush = Chains.ToDictionary(chain => chain, _ => new Distribution());
        var leastFlush = Chains.ToDictionary(chain => chain, _ => new Distribution());
        await host.Netns.Inside(() =>
        {
            using var here = File.OpenHandle(host.Netns.Path, share: FileShare.ReadWrite);
            using var there = File.OpenHandle(bare.Netns.Path, share: FileShare.ReadWrite);
            using var witnesses = new Witnesses(backend);
            Libc.EnterNetwork(there);
            Timed.Run(bench.Netguard, ["apply", "--config", bare.ConfigPath]);
            using var least = backend == Backend.Nft ? new BareAnswer() : null;
            using var leastWitnesses = new Witnesses(backend);
            Libc.EnterNetwork(here);
            var whole = host.Tools.Save();
            for (var round = -Bench.WarmUp; round < bench.EventRounds; round++)
            {
                bench.Cancel.ThrowIfCancellationRequested();
                var isWarm = round >= 0;
                Libc.EnterNetwork(there);
                Keep(floor, bare.Tools.LookAndInsert());

                var (loses, isFlushed) = (Chains[round & 1], Chains[round + 1 & 1]);
                if (least is not null)
                {
                    Keep(leastOne, Least(least.ToOneRule(loses), loses, leastWitnesses, "-D", loses, "2"));
                    Keep(leastFlush[isFlushed], Least(least.ToFlush(isFlushed), isFlushed, leastWitnesses, "-F", isFlushed));
                }

                // The lock of iptables-legacy is one for all namespaces: the daemon looks whether that concerned it.
                Clock.Sleep(TimeSpan.FromMilliseconds(backend == Backend.Legacy ? 20 : 0));
                Libc.EnterNetwork(here);
                Keep(one, Break(loses, witnesses.Of(loses), "-D", loses, "2"));
                Keep(policy, Break("FORWARD", witnesses.Policy, "-P", "FORWARD", "ACCEPT"));
                Keep(flush[isFlushed], Break(isFlushed, witnesses.Of(isFlushed), "-F", isFlushed));
                Keep(forwarding, guard.Break(ForwardingSwitch, witnesses.Switch, () => File.WriteAllText(ForwardingSwitch, "0\n")).Milliseconds);

                void Keep(Distribution where, double milliseconds)
                {
                    if (isWarm && !double.IsNaN(milliseconds))
                    {
                        where.Add(milliseconds);
                    }
                }
            }

            return host.Tools.Save() is var now && Bare(now) == Bare(whole) ? true : throw new InvalidOperationException($"the rules are not as they were:\n{now}");
        });
        table.Add(Machine.Number(size), "one rule deleted", $"{floor}", Text(leastOne), one.ToText(2), one.Ratio(floor), Limit(bench, backend, size, "one rule", one, floor));
        AddFlush(GuardedConfig.OwnChain, "a chain flushed", "a flushed chain");
        AddFlush(Chains[0], "with an extension in it", "a flushed chain with an extension in it");
        table.Add("", "policy changed", "", "", policy.ToText(2), policy.Ratio(floor), "");
        table.Add("", "ip_forward flipped", "", "", forwarding.ToText(2), forwarding.Ratio(floor), "");

        void AddFlush(string chain, string what, string goal) => table.Add(
            "", what, "", Text(leastFlush[chain]), flush[chain].ToText(2), flush[chain].Ratio(floor), Limit(bench, backend, size, goal, flush[chain], floor));

        static string Text(Distribution answers) => answers.IsEmpty ? "" : answers.ToText(2);

        double Break(string chain, IWitness witness, params string[] arguments)
        {
            System.Diagnostics.Process? breaking = null;
            try
            {
                return guard.Break(chain, witness, () => breaking = host.Tools.Begin(arguments)).Milliseconds;
            }
            finally
            {
                breaking?.WaitForExit();
                breaking?.Dispose();
            }
        }
    }

    // No faster answer can be given from outside the kernel: all that is to be sent is there before the break.
    private static double Least(Func<bool> isAnswered, string chain, Witnesses witnesses, params string[] arguments)
    {
        System.Diagnostics.Process? breaking = null;
        try
        {
            return witnesses.Of(chain).Watch(() => breaking = new Tools(Backend.Nft).Begin(arguments), isAnswered).Milliseconds;
        }
        finally
        {
            breaking?.WaitForExit();
            breaking?.Dispose();
        }
    }

    // Puts the goal into the summary, too.
    private static string Limit(Bench bench, Backend backend, int size, string what, Distribution repaired, Distribution floor)
    {
        var limit = (backend, size) switch
        {
            (Backend.Legacy, _) => 1.2,
            (_, 100) => 0.15,
            (_, 10_000) => 0.02,
            _ => double.NaN,
        };
        if (double.IsNaN(limit))
        {
            return "";
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{limit:0.##} x");
        var where = $"{what} back, {Machine.Number(size)} foreign rules, {backend.Name()}";
        bench.Reach(new($"{where}: median", $"{text} floor", $"{repaired.Ratio(floor)} ({repaired.Median:0.00} ms)", repaired.Median <= limit * floor.Median));
        if ((backend, size) is (Backend.Nft, 100))
        {
            bench.Reach(new($"{where}: 99th percentile", "1 x floor", string.Create(CultureInfo.InvariantCulture, $"{repaired.P99 / floor.Median:0.00} x ({repaired.P99:0.00} ms)"), repaired.P99 <= floor.Median));
        }

        return text;
    }

    private static string Bare(string save) => string.Join('\n', save.Split('\n').Where(line => line.StartsWith('-')));

    private sealed class Witnesses(Backend backend) : IDisposable
    {
        private readonly Dictionary<string, IWitness> _chains = Chains.ToDictionary(chain => chain, chain => backend == Backend.Nft ? (IWitness)new CommitWitness(chain) : new LegacyWitness());

        public IWitness Policy { get; } = backend == Backend.Nft ? new CommitWitness("FORWARD") : new LockWitness();

        public SwitchWitness Switch { get; } = new();

        public IWitness Of(string chain) => _chains[chain];

        public void Dispose()
        {
            foreach (var witness in _chains.Values)
            {
                witness.Dispose();
            }

            Policy.Dispose();
            Switch.Dispose();
        }
    }
}
