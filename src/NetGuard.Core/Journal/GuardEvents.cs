namespace NetGuard.Core.Journal;

/// <summary>
/// Everything that the daemon tells of. To add an event: describe it here, with an id of its own (<c>systemd-id128 new</c>); write its entry in
/// packaging/journald/netguard.catalog and a line in packaging/man/netguard.8; tell it in GuardLog, and in its test. Tests hold all of it together.
/// </summary>
public static class GuardEvents
{
    // First, since the events below enter themselves.
    private static readonly List<GuardEvent> s_all = [];

    /// <summary>All, in the order in which they stand here.</summary>
    public static IReadOnlyList<GuardEvent> All => s_all;

    /// <summary>NetGuard starts, and says what it was told to guard.</summary>
    public static GuardEvent Starting { get; } = Add(new(
        "starting", "d2a7f31ddb90449b8820242fbf9e258e", Severity.Info, []));

    /// <summary>The first reconcile is done: from now on what was declared is enforced.</summary>
    public static GuardEvent Guarding { get; } = Add(new(
        "guarding", "768cd7bc575c47a8beae9c3902a8dbca", Severity.Info, []));

    /// <summary>NetGuard has stopped. Its rules and settings stay; nobody repairs them now.</summary>
    public static GuardEvent Stopped { get; } = Add(new(
        "stopped", "f1104ea15253406386beb03801396369", Severity.Info, []));

    /// <summary>NetGuard did not start, because the configuration or the host does not allow it.</summary>
    public static GuardEvent StartRefused { get; } = Add(new(
        "start-refused", "226c0791d0364c859c2b75c1171dfd46", Severity.Error, [JournalField.Reason, JournalField.At]));

    /// <summary>A new configuration is in force.</summary>
    public static GuardEvent Reloaded { get; } = Add(new(
        "reloaded", "3f387b508a644156bd1b1c02e03b35b2", Severity.Info, []));

    /// <summary>Something in the configuration is wrong.</summary>
    public static GuardEvent ConfigMistake { get; } = Add(new(
        "config-mistake", "73385c04f229473d9c2757218c3576a3", Severity.Error, [JournalField.At, JournalField.Reason]));

    /// <summary>The configuration is valid, but may not do what its author thinks.</summary>
    public static GuardEvent ConfigWarning { get; } = Add(new(
        "config-warning", "bcce6ecef1724bd59adfb2a616c1b857", Severity.Warning, []));

    /// <summary>The new configuration is bad; the last good one stays in force.</summary>
    public static GuardEvent ReloadRefused { get; } = Add(new(
        "reload-refused", "3e3d9baf49a646d6a7b620cf967d83ae", Severity.Error, [JournalField.Reason]));

    /// <summary>The host's rules have moved to the other variant of iptables, and NetGuard with them.</summary>
    public static GuardEvent BackendSwitched { get; } = Add(new(
        "backend-switched", "1cd1d09adf154a3796a4279a0d564794", Severity.Warning, []));

    /// <summary>The host's rules have moved to the other variant of iptables, which refuses a declared rule.</summary>
    public static GuardEvent BackendNotFollowed { get; } = Add(new(
        "backend-not-followed", "22fc1ad33d3f4a7ab78d2aaf20eb0600", Severity.Error, [JournalField.At, JournalField.Reason]));

    /// <summary>Something differs from what was declared. It is only reported: audit mode, or a pause.</summary>
    public static GuardEvent DriftFound { get; } = Add(new(
        "drift-found", "02e46e5bf6a64c38a52fd3b8550ee9c0", Severity.Warning, [.. JournalField.OfDrift, .. JournalField.OfCulprit]));

    /// <summary>Something differed from what was declared, was repaired, and read back.</summary>
    public static GuardEvent DriftRepaired { get; } = Add(new(
        "drift-repaired", "6da866cc685c4d6a80176d88881c554c", Severity.Warning, [.. JournalField.OfDrift, .. JournalField.OfCulprit, JournalField.GapUsec]));

    /// <summary>Something differs from what was declared, and could not be repaired yet.</summary>
    public static GuardEvent DriftRemains { get; } = Add(new(
        "drift-remains", "dfa2bef0466d4659aa461cef88c2ff96", Severity.Error, [.. JournalField.OfDrift, .. JournalField.OfCulprit]));

    /// <summary>Nothing differs from what was declared any more.</summary>
    public static GuardEvent InSync { get; } = Add(new(
        "in-sync", "e504e40ca6704ef184e824634d86e79d", Severity.Info, []));

    /// <summary>The host's tools or the kernel refused a repair.</summary>
    public static GuardEvent RepairFailed { get; } = Add(new(
        "repair-failed", "fb3516c521274f869d9330f0ef120305", Severity.Error, [JournalField.Reason]));

    /// <summary>The state could not be read and compared.</summary>
    public static GuardEvent CheckFailed { get; } = Add(new(
        "check-failed", "749956d364e7490fa204f1052d654b97", Severity.Error, [JournalField.Reason]));

    /// <summary>The kernel told of more changes than could be received; everything is checked instead.</summary>
    public static GuardEvent EventsLost { get; } = Add(new(
        "events-lost", "1ebcebd5db14431fbad86751a52c6d6c", Severity.Warning, [JournalField.Reason]));

    /// <summary>The kernel does not tell of changes: they are noticed at intervals only.</summary>
    public static GuardEvent EventsUnavailable { get; } = Add(new(
        "events-unavailable", "fdb1aa00f783476d800f5a82c67b1cea", Severity.Error, [JournalField.Reason]));

    /// <summary>Another program undoes every repair of the same thing.</summary>
    public static GuardEvent ContentionBegan { get; } = Add(new(
        "contention-began", "01fac5fc44474d54bc1233b60f42112c", Severity.Error, [JournalField.Family, JournalField.Table, JournalField.Chain, JournalField.Sysctl, JournalField.Rounds, .. JournalField.OfCulprit]));

    /// <summary>What was fought over has been left alone for a while.</summary>
    public static GuardEvent ContentionOver { get; } = Add(new(
        "contention-over", "8d561e29fde3430ab540075067681a2c", Severity.Info, [JournalField.Family, JournalField.Table, JournalField.Chain, JournalField.Sysctl, JournalField.Rounds]));

    /// <summary>Something was declared for a chain that is not there yet.</summary>
    public static GuardEvent Waiting { get; } = Add(new(
        "waiting", "412c68a7f0d149289ce54bc4d9bc1581", Severity.Info, [JournalField.Family, JournalField.Table, JournalField.Chain, JournalField.Rule]));

    /// <summary>The file of metrics cannot be written; the guarding goes on.</summary>
    public static GuardEvent MetricsUnwritten { get; } = Add(new(
        "metrics-unwritten", "6f3d87ebb3794439a78c37e36cc20578", Severity.Warning, [JournalField.Reason]));

    /// <summary>The file of metrics can be written again.</summary>
    public static GuardEvent MetricsWritten { get; } = Add(new(
        "metrics-written", "eb52c8ea297f400a978b6fd0d6baba2d", Severity.Info, []));

    /// <summary>What was waited for is there, or no longer declared.</summary>
    public static GuardEvent WaitingOver { get; } = Add(new(
        "waiting-over", "05bbce4846b44a46905df0c238cffe9c", Severity.Info, [JournalField.Family, JournalField.Table, JournalField.Chain, JournalField.Rule]));

    /// <summary>Docker's engine answers.</summary>
    public static GuardEvent DockerReached { get; } = Add(new(
        "docker-reached", "c2b3d91bd0f84269a41f7fe4f4a63109", Severity.Info, []));

    /// <summary>Docker's engine does not answer: it is stopped, or may not be asked.</summary>
    public static GuardEvent DockerLost { get; } = Add(new(
        "docker-lost", "b73f8f4db46e49d1ba5713d93b923c4d", Severity.Warning, [JournalField.Reason]));

    /// <summary>Containers have come or gone, and rules with them.</summary>
    public static GuardEvent ContainersFollowed { get; } = Add(new(
        "containers-followed", "fbad5526690947a2b708727c864af2d7", Severity.Info, []));

    /// <summary>What is guarded is what another configuration says now.</summary>
    public static GuardEvent ConfigurationFollowed { get; } = Add(new(
        "configuration-followed", "d5b44c209fb84a2c9919b6e1bfed0c28", Severity.Info, []));

    /// <summary>Connections that a rule forbids were opened while it was missing, and were cut.</summary>
    public static GuardEvent ConnectionsCut { get; } = Add(new(
        "connections-cut", "5e1d689b873d47dab2fc012bd743b3ce", Severity.Warning, [.. JournalField.OfDrift, JournalField.Count]));

    /// <summary>Connections may have been opened while a rule was missing; that cannot be told, and they were left alone.</summary>
    public static GuardEvent ConnectionsLeft { get; } = Add(new(
        "connections-left", "659ce02742374099a797f942a84ffd21", Severity.Info, [.. JournalField.OfDrift, JournalField.Count]));

    /// <summary>A rule says more than a connection's entry tells: after a gap nothing will be cut for it.</summary>
    public static GuardEvent ConnectionsUndecidable { get; } = Add(new(
        "connections-undecidable", "f6eb7d369a4144309be06581ca2db0ad", Severity.Info, [JournalField.Family, JournalField.Expected, JournalField.Reason]));

    /// <summary>Connections cannot be read, or not be told from older ones: after a gap none is cut.</summary>
    public static GuardEvent ConnectionsUnreadable { get; } = Add(new(
        "connections-unreadable", "da39137548454441a7a58d9c6ae91b26", Severity.Warning, [JournalField.Reason]));

    /// <summary>Repairs are paused, or still are.</summary>
    public static GuardEvent Paused { get; } = Add(new(
        "paused", "0caaf8e6a5f84a48bb38cb1ab05c8fb6", Severity.Warning, [JournalField.Count]));

    /// <summary>A pause has ended; everything is checked and repaired.</summary>
    public static GuardEvent PauseOver { get; } = Add(new(
        "pause-over", "77d531d1744a4b7d9171ca97c66d1a1a", Severity.Warning, []));

    /// <summary>What the last daemon left of its pause is of no use.</summary>
    public static GuardEvent PauseNotKept { get; } = Add(new(
        "pause-not-kept", "d7126fe95f554901ae733190510bed14", Severity.Warning, [JournalField.Reason]));

    /// <summary>The daemon can be talked to over D-Bus.</summary>
    public static GuardEvent BusReached { get; } = Add(new(
        "bus-reached", "08daef4b7a144a639b510d7b3a9168e0", Severity.Info, []));

    /// <summary>The daemon cannot be talked to over D-Bus, and could not so far.</summary>
    public static GuardEvent BusAbsent { get; } = Add(new(
        "bus-absent", "faa72a2a3b7e476da04a7696d5fbb3af", Severity.Info, [JournalField.Reason]));

    /// <summary>The daemon can no longer be talked to over D-Bus.</summary>
    public static GuardEvent BusLost { get; } = Add(new(
        "bus-lost", "b87988466f524e37a2422537a3c2279d", Severity.Warning, [JournalField.Reason]));

    /// <summary>Rules of Docker's own were removed by somebody else, and were put back.</summary>
    public static GuardEvent Healed { get; } = Add(new(
        "healed", "a2c24318ff0048fa8816379004c68212", Severity.Warning, [JournalField.Family, JournalField.Table, JournalField.Chain, JournalField.Count, .. JournalField.OfCulprit, JournalField.GapUsec]));

    /// <summary>Docker's rules are remembered.</summary>
    public static GuardEvent HealKnows { get; } = Add(new(
        "heal-knows", "d14005338f5d47b5a8c14ae93c5361bf", Severity.Info, [JournalField.Family, JournalField.Count]));

    /// <summary>Docker's rules are not there, or not in iptables: there is nothing to put back from.</summary>
    public static GuardEvent HealBlind { get; } = Add(new(
        "heal-blind", "4160aeaab910408082f10ad8810e2760", Severity.Warning, [JournalField.Family]));

    /// <summary>A rule in one of Docker's chains cannot be told to be Docker's.</summary>
    public static GuardEvent HealUnknownRule { get; } = Add(new(
        "heal-unknown-rule", "0c28499781bf45d097f9de993dd2df9f", Severity.Info, [JournalField.Family, JournalField.Table, JournalField.Chain, JournalField.Actual]));

    /// <summary>Rules of Docker's are missing. It is only reported: audit mode.</summary>
    public static GuardEvent HealHeld { get; } = Add(new(
        "heal-held", "a4824b0e034e448ba4b5078917ec0998", Severity.Warning, [JournalField.Family, JournalField.Count, .. JournalField.OfCulprit]));

    /// <summary>Rules that had been put back are taken out again.</summary>
    public static GuardEvent HealRetracted { get; } = Add(new(
        "heal-retracted", "b93bb9134fd141a1aad184d73c30746d", Severity.Info, [JournalField.Family, JournalField.Count]));

    /// <summary>Docker's rules were changed while Docker does not answer.</summary>
    public static GuardEvent HealWaits { get; } = Add(new(
        "heal-waits", "b7e5c12455684a7fb149f2246b71bc7b", Severity.Warning, []));

    /// <summary>Docker's rules could not be read or put back.</summary>
    public static GuardEvent HealFailed { get; } = Add(new(
        "heal-failed", "98eb3985f17d4cfdbc50c801fe331b4f", Severity.Error, [JournalField.Family, JournalField.Reason]));

    /// <summary>A configuration is enforced on trial.</summary>
    public static GuardEvent TrialBegan { get; } = Add(new(
        "trial-began", "714e48eb3ea54aadae1d1f91af0e16e7", Severity.Warning, []));

    /// <summary>A configuration on trial was confirmed.</summary>
    public static GuardEvent TrialConfirmed { get; } = Add(new(
        "trial-confirmed", "bed1420916a746baa6457abe10d152a5", Severity.Info, []));

    /// <summary>A configuration on trial was not confirmed.</summary>
    public static GuardEvent TrialTakenBack { get; } = Add(new(
        "trial-taken-back", "b6d3b89e63f84fa08f5050801d2d5a5a", Severity.Warning, [JournalField.Reason]));

    private static GuardEvent Add(GuardEvent one)
    {
        s_all.Add(one);
        return one;
    }
}
