using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>A network namespace of NetGuard's own, empty and without interfaces, in which rules can be tried without touching anything.</summary>
public interface IScratch : IDisposable
{
    /// <summary>Runs a program inside.</summary>
    /// <exception cref="CommandException">It cannot be started or does not end in time.</exception>
    Task<CommandResult> RunAsync(Command command, CancellationToken cancel);
}
