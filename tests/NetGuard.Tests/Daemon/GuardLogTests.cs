using NetGuard.Core.Attribution;
using NetGuard.Core.Config;
using NetGuard.Core.Conntrack;
using NetGuard.Core.Diff;
using NetGuard.Core.Healing;
using NetGuard.Core.Journal;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Journal;
using NetGuard.Daemon;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>Holds GuardLog to GuardEvents: what is described is told, as it is described.</summary>
public class GuardLogTests
{
    private static readonly ConfigMistake Mistake = new(new("/etc/netguard/netguard.yaml", 3, 1), "unknown key");

    private static readonly Drift Missing = new(DriftKind.Missing) { Family = Family.Ipv4, Chain = ChainKey.DockerUser, Rule = "web", Expected = "-j DROP" };

    private static readonly Preparation Prepared = new(new GuardConfig(), new(Backend.Nft, null!, null), [], [], ["both variants of iptables hold rules"], NetGuard.Core.Docker.Topology.Assumed);

    private static readonly Flow There = new(1, 2, 40000, 80);

    private static readonly Connection Web = new(Family.Ipv4, 6, There, There, 0, 1);

    private static readonly RememberedChain Docker = new(
        new(TableName.Filter, new("DOCKER")), null,
        [new(new Rule("-i docker0 -j ACCEPT"), default, new DockerClaim()), new(new Rule("-i eth7 -j DROP"), default, null)]);

    private static readonly HealPlan Healing = new(Family.Ipv4, [new(Docker, Create: false, [new(Docker.Rules[0], 0)])]);

    // Whoever adds an event adds here how it comes to be told.
    private static readonly Dictionary<GuardEvent, Action<GuardLog>> Telling = new()
    {
        [GuardEvents.Starting] = log => log.Starting(Prepared),
        [GuardEvents.ConfigWarning] = log => log.Starting(Prepared),
        [GuardEvents.ConnectionsCut] = log => log.ConnectionsCut(Missing, [Web], undecided: 0),
        [GuardEvents.ConnectionsLeft] = log => log.ConnectionsCut(Missing, [], undecided: 3),
        [GuardEvents.ConnectionsUndecidable] = log => log.ConnectionsUndecidable(Family.Ipv4, new Rule("-m recent --update -j DROP"), "-m recent"),
        [GuardEvents.ConnectionsUnreadable] = log => log.ConnectionsUnreadable("no nf_conntrack_netlink"),
        [GuardEvents.DockerReached] = log => log.Docker(null),
        [GuardEvents.DockerLost] = log => log.Docker("Docker is stopped"),
        [GuardEvents.ContainersFollowed] = log => log.Followed([Missing], isOtherConfig: false),
        [GuardEvents.ConfigurationFollowed] = log => log.Followed([Missing], isOtherConfig: true),
        [GuardEvents.Guarding] = log => log.Guarding(Prepared),
        [GuardEvents.Stopped] = log => log.Stopped(),
        [GuardEvents.StartRefused] = log => log.StartRefused("iptables is not installed"),
        [GuardEvents.Reloaded] = log => log.Reloaded(Prepared),
        [GuardEvents.ConfigMistake] = log => log.ReloadRefused([Mistake]),
        [GuardEvents.ReloadRefused] = log => log.ReloadFailed(new IOException("it is gone")),
        [GuardEvents.BackendSwitched] = log => log.BackendSwitched(Backend.Nft, Backend.Legacy, []),
        [GuardEvents.BackendNotFollowed] = log => log.BackendSwitched(Backend.Nft, Backend.Legacy, [Mistake]),
        [GuardEvents.DriftFound] = log => log.Assessed(new([Missing], [], [], new([])), Attributions.None),
        [GuardEvents.DriftRepaired] = log => log.Reconciled(new([Missing], [], [], []), Attributions.None, _ => false),
        [GuardEvents.DriftRemains] = log => log.Reconciled(new([], [Missing], [], []), Attributions.None, _ => false),
        [GuardEvents.InSync] = log =>
        {
            log.Reconciled(new([], [Missing], [], []), Attributions.None, _ => false);
            log.Reconciled(new([Missing], [], [], []), Attributions.None, _ => false);
        },
        [GuardEvents.RepairFailed] = log => log.Reconciled(new([], [], [], ["ipv4: no such ipset"]), Attributions.None, _ => false),
        [GuardEvents.CheckFailed] = log => log.CheckFailed(new IOException("iptables-save: killed")),
        [GuardEvents.EventsLost] = log => log.EventsLost("no buffer space"),
        [GuardEvents.EventsUnavailable] = log => log.EventsUnavailable("not permitted"),
        [GuardEvents.ContentionBegan] = log => log.Contention([new(Contended.Of(Missing), 5, IsOver: false)], _ => new Culprit(7, "iptables")),
        [GuardEvents.ContentionOver] = log => log.Contention([new(Contended.Of(Missing), 9, IsOver: true)]),
        [GuardEvents.Paused] = log => log.PauseReminder(DateTimeOffset.UnixEpoch, 3),
        [GuardEvents.PauseOver] = log => log.Resumed(null),
        [GuardEvents.PauseNotKept] = log => log.PauseDamaged("/run/netguard/pause-1 is damaged"),
        [GuardEvents.BusReached] = log => log.BusNews(null),
        [GuardEvents.BusAbsent] = log => log.BusNews("no such file"),
        [GuardEvents.BusLost] = log =>
        {
            log.BusNews(null);
            log.BusNews("connection reset");
        },
        [GuardEvents.Waiting] = log => log.Reconciled(new([], [], [new(Family.Ipv4, ChainKey.DockerUser, null, ChainKey.DockerUser)], []), Attributions.None, _ => false),
        [GuardEvents.WaitingOver] = log =>
        {
            log.Reconciled(new([], [], [new(Family.Ipv4, ChainKey.DockerUser, null, ChainKey.DockerUser)], []), Attributions.None, _ => false);
            log.Reconciled(new([], [], [], []), Attributions.None, _ => false);
        },
        [GuardEvents.Healed] = log => log.Healed(Healing, new Culprit(7, "iptables"), TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2)),
        [GuardEvents.HealKnows] = log => log.HealKnows(Family.Ipv4, [Docker], NetGuard.Core.Docker.Topology.Assumed, hasOwnTables: false),
        [GuardEvents.HealBlind] = log => log.HealKnows(Family.Ipv4, [], NetGuard.Core.Docker.Topology.Assumed, hasOwnTables: true),
        [GuardEvents.HealUnknownRule] = log => log.HealLearned(Family.Ipv4, [Docker]),
        [GuardEvents.HealHeld] = log => log.HealHeld(Healing, Culprit.Unknown, "paused"),
        [GuardEvents.HealRetracted] = log => log.HealRetracted(Family.Ipv4, 2),
        [GuardEvents.HealWaits] = log => log.HealWaits(),
        [GuardEvents.HealFailed] = log => log.HealFailed(Family.Ipv4, "no such chain", isNew: true),
        [GuardEvents.TrialBegan] = log => log.TrialBegan(TimeSpan.FromMinutes(1)),
        [GuardEvents.TrialConfirmed] = log => log.TrialConfirmed(),
        [GuardEvents.TrialTakenBack] = log => log.TrialTakenBack(new(["-D DOCKER-USER"], [], ["nothing came of it"])),
        [GuardEvents.MetricsUnwritten] = log => log.MetricsUnwritten("/x/netguard.prom", "No space left on device"),
        [GuardEvents.MetricsWritten] = log => log.MetricsWritten("/x/netguard.prom"),
    };

    public static TheoryData<string> Names => [.. GuardEvents.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EachEventIsToldWithItsIdItsSeverityAndItsFields(string name)
    {
        var one = GuardEvents.All.Single(e => e.Name == name);
        Assert.True(Telling.ContainsKey(one), $"{name} is described in GuardEvents; add to this test how it is told");
        var told = new Told();
        using (var serilog = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(told).CreateLogger())
        {
            Telling[one](new GuardLog(serilog, TimeProvider.System));
        }

        var entries = told.Events.Where(e => Field(e, JournalField.Event) == name).ToList();
        Assert.NotEmpty(entries);
        foreach (var entry in entries)
        {
            Assert.Equal(one.MessageId, Field(entry, JournalField.MessageId));
            Assert.Equal(one.Severity switch { Severity.Error => LogEventLevel.Error, Severity.Warning => LogEventLevel.Warning, _ => LogEventLevel.Information }, entry.Level);
            Assert.Null(entry.Exception);
            var fields = entry.Properties.Keys.Where(key => key.StartsWith("NETGUARD_", StringComparison.Ordinal) && key != JournalField.Event).ToList();
            Assert.All(fields, field => Assert.Contains(field, one.Fields));

            // journalctl would print what it finds no field for as it stands.
            var needed = CatalogEntry.All().Single(e => e.Id == one.MessageId).Placeholders.Where(field => field != "MESSAGE");
            Assert.All(needed, field => Assert.Contains(field, fields));
        }
    }

    [Fact]
    public void AStackTraceIsADebugLine()
    {
        var told = new Told();
        using (var serilog = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(told).CreateLogger())
        {
            new GuardLog(serilog, TimeProvider.System).CheckFailed(new IOException("gone"));
        }

        Assert.All(told.Events, e => Assert.Equal(e.Level == LogEventLevel.Debug, e.Exception is not null));
        Assert.Equal(2, told.Events.Count);
    }

    private static string? Field(LogEvent logEvent, string name) =>
        logEvent.Properties.TryGetValue(name, out var value) && value is ScalarValue { Value: string text } ? text : null;

    private sealed class Told : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }
}
