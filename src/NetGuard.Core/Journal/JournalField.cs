namespace NetGuard.Core.Journal;

/// <summary>The journal's fields, by name. The names are part of the contract: people filter by them.</summary>
public static class JournalField
{
    /// <summary>What kind of entry it is, for journald's catalog.</summary>
    public const string MessageId = "MESSAGE_ID";

    /// <summary>The event's name: <c>drift-repaired</c>.</summary>
    public const string Event = "NETGUARD_EVENT";

    /// <summary>The kind of drift: <c>missing</c>.</summary>
    public const string Kind = "NETGUARD_KIND";

    /// <summary><c>ipv4</c> or <c>ipv6</c>.</summary>
    public const string Family = "NETGUARD_FAMILY";

    /// <summary>The table: <c>filter</c>.</summary>
    public const string Table = "NETGUARD_TABLE";

    /// <summary>The chain, without its table.</summary>
    public const string Chain = "NETGUARD_CHAIN";

    /// <summary>The rule's name.</summary>
    public const string Rule = "NETGUARD_RULE";

    /// <summary>The kernel setting.</summary>
    public const string Sysctl = "NETGUARD_SYSCTL";

    /// <summary>What was declared.</summary>
    public const string Expected = "NETGUARD_EXPECTED";

    /// <summary>What was there instead.</summary>
    public const string Actual = "NETGUARD_ACTUAL";

    /// <summary>The process that did it.</summary>
    public const string ByPid = "NETGUARD_BY_PID";

    /// <summary>The kernel's name for it; <c>unknown</c>.</summary>
    public const string ByComm = "NETGUARD_BY_COMM";

    /// <summary>What it was called with.</summary>
    public const string ByCmdline = "NETGUARD_BY_CMDLINE";

    /// <summary>The systemd unit that it ran in.</summary>
    public const string ByUnit = "NETGUARD_BY_UNIT";

    /// <summary>From the drift to its verified repair, in microseconds.</summary>
    public const string GapUsec = "NETGUARD_GAP_USEC";

    /// <summary>Why, in the words of the tool, the kernel or the parser.</summary>
    public const string Reason = "NETGUARD_REASON";

    /// <summary>The configuration's place that is meant: <c>file:line:column</c>.</summary>
    public const string At = "NETGUARD_AT";

    /// <summary>How often something was repaired in a row.</summary>
    public const string Rounds = "NETGUARD_ROUNDS";

    /// <summary>How many.</summary>
    public const string Count = "NETGUARD_COUNT";

    /// <summary>Those that say what has drifted.</summary>
    public static IReadOnlyList<string> OfDrift { get; } = [Kind, Family, Table, Chain, Rule, Sysctl, Expected, Actual, Reason];

    /// <summary>Those that say who did it.</summary>
    public static IReadOnlyList<string> OfCulprit { get; } = [ByPid, ByComm, ByCmdline, ByUnit];
}
