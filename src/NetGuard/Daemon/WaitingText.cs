using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>What is waited for, in one line for people.</summary>
public static class WaitingText
{
    /// <summary><c>ipv4 DOCKER for its chain, which Docker makes</c>.</summary>
    public static string Of(Waiting waiting) => waiting.Rule is { } rule
        ? $"{waiting.Family.Name()} {waiting.Chain} {rule} for the chain {waiting.For} to jump to"
        : $"{waiting.Family.Name()} {waiting.Chain} for Docker to make the chain";
}
