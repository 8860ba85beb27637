using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Attribution;
using NetGuard.Core.Healing;
using NetGuard.Core.Inotify;
using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.State;
using NetGuard.Core.Watch;
using NetGuard.Inotify;
using NetGuard.Interop;
using NetGuard.Netlink;
using NetGuard.Processes;

namespace NetGuard.Daemon;

/// <summary>
/// Listens to all that the kernel tells, on a thread of its own: it must get to /proc before the writer is gone, and no queue of work
/// may stand between.
/// </summary>
/// <param name="own">Whose changes are not a stranger's.</param>
/// <param name="time">Gives the time of receipt.</param>
/// <param name="log">Is told of losses.</param>
public sealed class KernelEvents(OwnProcesses own, TimeProvider time, GuardLog log) : ITriggerSource, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // The lock is one for all network namespaces of the host, and where the rules are in nf_tables a run can only mean that somebody moves.
    private static readonly TimeSpan MoveDelay = TimeSpan.FromMilliseconds(100);

    private readonly NftTransaction _transaction = new();
    private readonly NftTransaction _dockers = new();
    private IReadOnlyList<ProcessSighting> _atTheLock = [];
    private TriggerQueue? _queue;
    private GenerationQuery? _query;
    private NetlinkListener? _nft;
    private NetlinkListener? _netconf;
    private InotifyWatches? _inotify;
    private LockWatch? _lock;
    private SysctlWatch? _sysctls;
    private Lookout? _lookout;
    private Responders? _responders;
    private volatile WatchScope _scope = WatchScope.Everything;
    private volatile SysctlKey[] _guarded = [];
    private volatile WatchScope _dockerScope = WatchScope.Nothing;
    private volatile bool _broken;
    private volatile bool _tellsOwn = true;
    private Backend? _locked;
    private KernelChange? _held;
    private uint _generation;
    private uint _concernedAt;
    private long _ownCommitAt;

    /// <summary>How much may wait to be received, in bytes; the kernel takes the double.</summary>
    public int ReceiveBuffer { get; init; } = 8 * 1024 * 1024;

    /// <summary>The lock of iptables-legacy.</summary>
    public string LockPath { get; init; } = "/run/xtables.lock";

    /// <summary>The generation of the last commit that was told.</summary>
    public uint Generation => Volatile.Read(ref _generation);

    /// <summary>When NetGuard's own last commit was told.</summary>
    public long OwnCommitAt => Volatile.Read(ref _ownCommitAt);

    /// <summary>Whether changes may go unnoticed at this time.</summary>
    public bool IsDeaf => _broken;

    /// <summary>Whether our own commits can be told from others': in a pid namespace of our own the kernel's numbers say nothing to us.</summary>
    public bool TellsOwn => _tellsOwn;

    /// <summary>Whether runs of iptables-legacy are noticed.</summary>
    public bool HearsLegacy => _lock?.IsWatching == true;

    /// <summary>The generation that is in force; null where the kernel does not say.</summary>
    public uint? ReadGeneration() => _query?.Read();

    /// <summary>The tables of nf_tables, and the socket through which NetGuard itself commits; null where there are none.</summary>
    public NftTables? Tables { get; private set; }

    /// <summary>What is done about a change before anybody is told of it.</summary>
    public FirstAid FirstAid { get; } = new(time);

    /// <inheritdoc/>
    public IDisposable Subscribe(TriggerQueue queue)
    {
        _queue = queue;
        _nft = new(Nlmsg.Netfilter, [Nfnetlink.NftablesGroup], ReceiveBuffer);
        _netconf = new(Nlmsg.Route, [NetconfEvent.Ipv4Group, NetconfEvent.Ipv6Group], ReceiveBuffer);
        var stop = EventDescriptor.Make();

        // Before our own: who has joined last is told first, and the answer is more urgent than the question who it was.
        _lookout = new(ReceiveBuffer, IsOfInterest, IsStranger, Look);
        OpenNetlink();
        try
        {
            _inotify = InotifyWatches.Open();
            _lock = new(_inotify, LockPath);
            _sysctls = new(_inotify);
        }
        catch (IOException e)
        {
            log.EventsUnavailable(e.Message);
        }

        _responders = new(() => new(FirstAid, () => _scope, IsStranger, () => _query?.Read()));
        var thread = new Thread(() => Listen(stop)) { IsBackground = true, Name = "kernel-events" };
        thread.Start();
        return new Subscription(this, thread, stop);
    }

    /// <summary>Says what concerns us from now on.</summary>
    /// <param name="scope">The chains of nf_tables.</param>
    /// <param name="sysctls">The settings.</param>
    /// <param name="locked">The variant that is guarded, where runs of iptables-legacy matter; null where they do not.</param>
    public void Watch(WatchScope scope, IEnumerable<SysctlKey> sysctls, Backend? locked)
    {
        _scope = scope;
        _locked = locked;
        _guarded = [.. sysctls];
        _sysctls?.Set(_guarded);
    }

    /// <summary>Says whether changes of what Docker has made are told of, too.</summary>
    public void WatchDocker(bool on)
    {
        if (on != (_dockerScope != WatchScope.Nothing))
        {
            _dockerScope = on ? WatchScope.Of(DockersRules.Chains) : WatchScope.Nothing;
        }
    }

    private void Listen(SafeFileHandle stop)
    {
        var polled = new Libc.PollDescriptor[4];
        while (true)
        {
            polled[0] = new() { Descriptor = (int)stop.DangerousGetHandle(), Events = Libc.PollIn };
            polled[1] = new() { Descriptor = _nft!.Descriptor, Events = Libc.PollIn };
            polled[2] = new() { Descriptor = _netconf!.Descriptor, Events = Libc.PollIn };
            polled[3] = new() { Descriptor = _inotify?.Descriptor ?? -1, Events = Libc.PollIn };
            _ = Libc.Poll(polled, (nuint)polled.Length, PollTimeout());
            if (polled[0].Returned != 0)
            {
                return;
            }

            if (_held is { } held && time.GetElapsedTime(held.ReceivedAt) >= MoveDelay)
            {
                _held = null;
                _queue!.Post(Triggers.Legacy, held);
            }

            try
            {
                if (_broken)
                {
                    OpenNetlink();
                    if (!_broken)
                    {
                        _queue!.Post(Triggers.Lost);
                    }
                }

                // Rules first: their writers are gone soonest.
                if (polled[1].Returned != 0)
                {
                    ReceiveNft();
                }

                if (polled[2].Returned != 0)
                {
                    ReceiveNetconf();
                }

                if (polled[3].Returned != 0)
                {
                    _inotify!.Drain(Take);
                }
            }
            catch (NetlinkException e)
            {
                Lost(e);
            }
        }
    }

    private int PollTimeout() =>
        _held is not null ? (int)MoveDelay.TotalMilliseconds
        : _broken ? (int)RetryDelay.TotalMilliseconds
        : -1;

    // First the new socket, then the check that it triggers: what changes between the two is told.
    private void Lost(NetlinkException e)
    {
        log.EventsLost(e.Message);
        FirstAid.Hold();
        _transaction.Clear();
        _dockers.Clear();
        OpenNetlink();
        _queue!.Post(Triggers.Lost);
    }

    private void OpenNetlink()
    {
        try
        {
            _nft!.Open();
            _netconf!.Open();

            // What is in force now will be read; what comes from now on is told.
            _query ??= GenerationQuery.Open();
            Tables ??= NftTables.Open();
            Volatile.Write(ref _generation, _query.Read() ?? 0);
            _tellsOwn = _query.AskersNumber == 0 || own.Contains(_query.AskersNumber);
            _broken = false;
        }
        catch (NetlinkException e)
        {
            _broken = true;
            log.EventsUnavailable(e.Message);
        }
    }

    private void ReceiveNft()
    {
        while (_nft!.Receive() is { Length: > 0 } datagram)
        {
            var now = time.GetTimestamp();
            if (!_transaction.Concerns && FirstAid.Find(datagram) is { } answer)
            {
                ReadOnlySpan<byte> changes = datagram.ToArray(); // It stands where the next one will.
                datagram = _nft.Receive();
                Answer(answer, datagram);
                Take(changes, now);
            }

            Take(datagram, now);
        }
    }

    // What happens most is answered before anything else is done about it: every microsecond counts (FirstAid).
    private void Answer(PromptAnswer answer, ReadOnlySpan<byte> end)
    {
        if (NetlinkMessage.TryRead(ref end, out var message) && NftEvent.TryParse(message, out var commit) && commit.Kind == NfTables.NewGeneration
            && IsStranger(commit, message.Port) && !IsRestore(commit))
        {
            FirstAid.Give(answer, commit.Generation, _concernedAt);
        }
    }

    private void Take(ReadOnlySpan<byte> datagram, long now)
    {
        while (NetlinkMessage.TryRead(ref datagram, out var message))
        {
            if (!NftEvent.TryParse(message, out var change))
            {
                continue;
            }

            if (change.Kind == NfTables.NewGeneration)
            {
                Commit(change, message.Port, now);
            }
            else
            {
                _transaction.Add(change, _scope);
                _dockers.Add(change, _dockerScope);
            }
        }
    }

    private void Commit(in NftEvent commit, uint port, long now)
    {
        if (_transaction.Concerns || _dockers.Concerns)
        {
            if (IsStranger(commit, port))
            {
                TakeStrangers(commit, now);
            }
            else
            {
                Volatile.Write(ref _ownCommitAt, now);
            }

            _concernedAt = _transaction.Concerns ? commit.Generation : _concernedAt;
        }

        _transaction.Clear();
        _dockers.Clear();
        Volatile.Write(ref _generation, commit.Generation);
    }

    private bool IsOfInterest(in NftEvent change) => _scope.Match(change) is not null || _dockerScope.Match(change) is not null;

    private bool IsStranger(in NftEvent commit, uint port) => port != Tables?.Port && !own.Contains(commit.Pid);

    // In a pid namespace of our own the number is somebody else's.
    private IReadOnlyList<ProcessSighting> Saw(in NftEvent commit) => _lookout?.Saw(commit.Generation) ?? Look(commit.Pid);

    private IReadOnlyList<ProcessSighting> Look(int pid) => _tellsOwn ? Lineage.Of(pid) : [];

    // There a restore may be our own tool's, and nobody is named for it.
    private bool MayBeOurs(in NftEvent commit) => !_tellsOwn && (commit.Name.StartsWith("iptables-nft-r"u8) || commit.Name.StartsWith("ip6tables-nft-r"u8));

    // Only a restore can be firewalld's, which is not to be disturbed.
    internal static bool IsRestore(in NftEvent commit) => commit.Name.IndexOf("-restor"u8) > 0 || commit.Name.IndexOf("-nft-r"u8) > 0;

    // The writer has half a millisecond left to be looked at in /proc, and we have less to write before it closes its socket: Lookout does the one, we the other.
    private void TakeStrangers(in NftEvent commit, long now)
    {
        var pid = commit.Pid;
        IReadOnlyList<ProcessSighting> seen;
        if (_transaction is { Concerns: true, IsPlain: true } && FirstAid.IsReady && !IsRestore(commit))
        {
            FirstAid.Give(_transaction, commit.Generation, _concernedAt);
            seen = Saw(commit);
        }
        else
        {
            seen = Saw(commit);
            if (_transaction.Concerns && !IsChildOfOurs(seen) && !FirewallDaemon.IsAmong(seen))
            {
                FirstAid.Give(_transaction, commit.Generation, _concernedAt);
            }
        }

        if (IsChildOfOurs(seen))
        {
            Volatile.Write(ref _ownCommitAt, now);
            return;
        }

        _queue!.Post(_transaction.Concerns ? Triggers.Kernel : Triggers.Docker, new(FirstAid.HeardAt(commit.Generation) is { } heard && heard < now ? heard : now)
        {
            Generation = commit.Generation,
            Pid = MayBeOurs(commit) ? 0 : pid,
            Name = MayBeOurs(commit) ? [] : commit.Name.ToArray(),
            Seen = seen,
            Ticks = TicksSinceBoot(),
            Touches = [.. _transaction.Touches],
            DockerTouches = [.. _dockers.Touches],
        });
    }

    // It may have committed before the one who started it could note its number.
    private static bool IsChildOfOurs(IReadOnlyList<ProcessSighting> seen) =>
        seen.Count > 0 && ProcessStat.TryParse(seen[0].Stat, out var stat) && stat.Parent == Environment.ProcessId;

    private void ReceiveNetconf()
    {
        while (_netconf!.Receive() is { Length: > 0 } datagram)
        {
            var now = time.GetTimestamp();
            while (NetlinkMessage.TryRead(ref datagram, out var message))
            {
                if (NetconfEvent.TryParse(message, out var change)
                    && _guarded.Where(key => key.Family == change.Family && SysctlWatch.ComesAndGoesByNetconf(key)).ToList() is { Count: > 0 } keys)
                {
                    // Those of an interface that went, or came, are other files from now on.
                    _sysctls?.Set(_guarded);

                    var seen = Suspects.OfSysctl(own, keys);
                    _queue!.Post(Triggers.Sysctl, new(now) { Pid = Pid(seen), Seen = seen, Ticks = TicksSinceBoot(), Netconf = change });
                }
            }
        }
    }

    private void Take(in InotifyEvent happened)
    {
        var now = time.GetTimestamp();
        if ((happened.Mask & InotifyEvent.Overflow) != 0)
        {
            log.EventsLost("inotify: the queue was full");
            _queue!.Post(Triggers.Lost);
        }
        else if (_lock!.Take(happened, out var opened, out var closed))
        {
            TakeLock(opened, closed, now);
        }
        else if (_sysctls!.Take(happened) is { } key)
        {
            var seen = Suspects.OfSysctl(own, [key]);
            _queue!.Post(Triggers.Sysctl, new(now) { Pid = Pid(seen), Seen = seen, Ticks = TicksSinceBoot(), Sysctl = key });
        }
    }

    private void TakeLock(bool opened, bool closed, long now)
    {
        if (_locked is null)
        {
            return;
        }

        if (opened && _locked == Backend.Legacy && Suspects.OfLegacy(own) is { Count: > 0 } seen)
        {
            _atTheLock = seen;
        }

        if (!closed)
        {
            return;
        }

        if (_locked == Backend.Legacy)
        {
            _queue!.Post(Triggers.Legacy, new(now) { Pid = Pid(_atTheLock), Seen = _atTheLock, Ticks = TicksSinceBoot(), LegacyRun = true });
        }
        else
        {
            _held ??= new(now) { LegacyRun = true };
        }

        _atTheLock = [];
    }

    private static int Pid(IReadOnlyList<ProcessSighting> seen) => seen.Count > 0 ? seen[0].Pid : 0;

    private static long TicksSinceBoot() =>
        Libc.ClockGetTime(Libc.ClockBootTime, out var now) == 0 ? now.Seconds * 100 + now.Nanoseconds / 10_000_000 : long.MaxValue - 1;

    /// <inheritdoc/>
    public void Dispose()
    {
        _responders?.Dispose();
        _lookout?.Dispose();
        _query?.Dispose();
        Tables?.Dispose();
        _nft?.Dispose();
        _netconf?.Dispose();
        _sysctls?.Dispose();
        _inotify?.Dispose();
    }

    private sealed class Subscription(KernelEvents events, Thread thread, SafeFileHandle stop) : IDisposable
    {
        public void Dispose()
        {
            EventDescriptor.Set(stop);
            thread.Join();
            stop.Dispose();
            events.Dispose();
        }
    }
}
