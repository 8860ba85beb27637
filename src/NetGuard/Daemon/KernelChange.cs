using System.Text;
using NetGuard.Core.Attribution;
using NetGuard.Core.Diff;
using NetGuard.Core.Netlink;
using NetGuard.Core.State;
using NetGuard.Core.Watch;

namespace NetGuard.Daemon;

/// <summary>A change that the kernel told of and that concerns us.</summary>
/// <param name="receivedAt">When: a timestamp of the TimeProvider, taken on receipt.</param>
public sealed class KernelChange(long receivedAt)
{
    private Culprit? _culprit;

    /// <summary>When: a timestamp of the TimeProvider, taken on receipt.</summary>
    public long ReceivedAt { get; } = receivedAt;

    /// <summary>The generation that it made; 0 where it was no commit of nf_tables.</summary>
    public uint Generation { get; init; }

    /// <summary>Who, by number: 0 where nobody told.</summary>
    public int Pid { get; init; }

    /// <summary>Who, by the kernel's name.</summary>
    public byte[] Name { get; init; } = [];

    /// <summary>What /proc told of it and of its ancestors.</summary>
    public IReadOnlyList<ProcessSighting> Seen { get; init; } = [];

    /// <summary>When, in ticks of 1/100 s since boot.</summary>
    public long Ticks { get; init; }

    /// <summary>Which chains.</summary>
    public IReadOnlyList<ChainTouch> Touches { get; init; } = [];

    /// <summary>Which chains in which Docker has rules, while those are watched.</summary>
    public IReadOnlyList<ChainTouch> DockerTouches { get; init; } = [];

    /// <summary>Which interface settings.</summary>
    public NetconfEvent? Netconf { get; init; }

    /// <summary>Which other setting.</summary>
    public SysctlKey? Sysctl { get; init; }

    /// <summary>Whether a tool of iptables-legacy has run. What it changed, if anything, nobody tells.</summary>
    public bool LegacyRun { get; init; }

    /// <summary>Whether firewalld did it, more of whose commits are about to follow.</summary>
    public bool IsByFirewallDaemon => FirewallDaemon.IsAmong(Seen);

    /// <summary>Who did it; worked out when it is first asked for.</summary>
    public Culprit Culprit => _culprit ??= Culprit.From(Pid, Name, Seen, Ticks);

    /// <summary>The same, once it is known what it did.</summary>
    public KernelChange With(IReadOnlyList<ChainTouch> touches) =>
        new(ReceivedAt) { Pid = Pid, Name = Name, Seen = Seen, Ticks = Ticks, LegacyRun = LegacyRun, Touches = touches };

    /// <summary>Whether it may be why something is not as declared.</summary>
    public bool MayHaveCaused(Drift drift) => drift.Sysctl is { } key
        ? Sysctl is { } written && SysctlCoupling.Usual(written) == SysctlCoupling.Usual(key)
            || Netconf is { } netconf && netconf.Family == key.Family
        : Touches.Any(touch => touch.MayHaveCaused(drift));

    /// <summary>Whether it did just what the drift is.</summary>
    public bool Fits(Drift drift) => drift.Sysctl is not null || Touches.Any(touch => touch.MayHaveCaused(drift) && touch.Fits(drift));

    /// <inheritdoc/>
    public override string ToString() => $"{Encoding.UTF8.GetString(Name)}({Pid}) generation {Generation}: {string.Join(' ', Touches)}{Netconf}{Sysctl}{(LegacyRun ? "legacy" : "")}";
}
