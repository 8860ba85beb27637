using System.Diagnostics;

namespace NetGuard.Benchmarks;

/// <summary>What the kernel's own word said of one break: how long it lasted, and with how many commits it was mended.</summary>
/// <param name="Milliseconds">From the change that broke it until the last one that mended it.</param>
/// <param name="Commits">How many changes mended it; 0 where the kernel does not tell changes apart.</param>
internal readonly record struct Breakage(double Milliseconds, int Commits);

/// <summary>
/// Sees from outside, by the kernel and not by what NetGuard says, when something broke and when it was whole again. Made and used
/// on a thread that is in the namespace.
/// </summary>
internal interface IWitness : IDisposable
{
    /// <summary>Breaks something and watches until NetGuard has nothing more to do.</summary>
    /// <param name="doBreak">Begins to break it; a program that does so need not have ended.</param>
    /// <param name="isDone">Whether NetGuard says that it is done.</param>
    Breakage Watch(Action doBreak, Func<bool> isDone);
}

/// <summary>How long anything may take before a measurement is given up.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static void Check(long since, string what)
    {
        if (Stopwatch.GetElapsedTime(since) > Limit)
        {
            throw new TimeoutException($"within {Limit.TotalSeconds:0} s {what}");
        }
    }
}
