using NetGuard.Interop;

namespace NetGuard.Daemon;

/// <summary>
/// A <see cref="Responder"/> on each processor. A program that has removed rules closes its socket some 35 microseconds after its commit, and whoever
/// has not sent his answer by then waits for an RCU grace period (<see cref="FirstAid"/>). To be woken on another processor may take longer than that;
/// a thread that belongs to the program's own, with a time slice shorter than the program's, runs before the program goes on.
/// </summary>
internal sealed class Responders : IDisposable
{
    // A preemption by a shorter slice: Linux 6.12 (PREEMPT_SHORT). The least that the kernel takes.
    private const ulong Slice = 100_000;

    private readonly List<CommitListener> _listeners = [];

    /// <summary>Begins.</summary>
    /// <param name="make">Makes one, for a processor.</param>
    public Responders(Func<Responder> make)
    {
        var processors = Processors();
        if (processors.Count > FirstAid.MostProcessors)
        {
            return;
        }

        foreach (var processor in processors)
        {
            var responder = make();
            var listener = new CommitListener("responder", Responder.ReceiveBuffer, () => Settle(processor), responder.Opened, responder.Receive);
            listener.Start();
            _listeners.Add(listener);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listeners.ForEach(listener => listener.Dispose());

    // Those on which we may run.
    private static List<int> Processors()
    {
        var mask = new ulong[128]; // 8,192: as many as a kernel for x86_64 can have.
        return Libc.GetAffinity(0, (nuint)mask.Length * sizeof(ulong), mask) < 0
            ? []
            : [.. from word in Enumerable.Range(0, mask.Length) from bit in Enumerable.Range(0, 64) where (mask[word] >> bit & 1) != 0 select word * 64 + bit];
    }

    // Where the service may do neither it is one thread more that is told late, and of no use.
    private static bool Settle(int processor)
    {
        var mask = new ulong[128];
        mask[processor / 64] = 1ul << processor % 64;
        return Libc.SetAffinity(0, (nuint)mask.Length * sizeof(ulong), mask) == 0
            && Libc.SetScheduling(new() { Size = Libc.SchedulerAttributes.FirstSize, Nice = Libc.GetPriority(0, 0), Runtime = Slice }) == 0;
    }
}
