using NetGuard.Core.Control;

namespace NetGuard.Daemon;

/// <summary>A part of the daemon that has something to add to its status. Register one with the host, and <c>netguard status</c> prints it.</summary>
public interface IStatusSection
{
    /// <summary>What there is to tell now; null for nothing. Called from any thread, often: it reads what is known already, and no more than <see cref="StatusSection.MaxRows"/> rows.</summary>
    StatusSection? Read();
}
