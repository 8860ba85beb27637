using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>A rule that should be in a chain.</summary>
/// <param name="Name">What its tag and the log call it.</param>
/// <param name="Rule">The kernel's form of it, with the tag.</param>
/// <param name="At">Where it was declared; null for a rule that follows from another.</param>
public sealed record DesiredRule(string Name, Rule Rule, SourceLocation? At)
{
    /// <summary>The jump that makes DOCKER-USER count. Both backends print it like this in both families.</summary>
    public static DesiredRule ReachDockerUser { get; } =
        new("reach-DOCKER-USER", new("-m comment --comment \"netguard:reach-DOCKER-USER\" -j DOCKER-USER"), null);

    /// <summary>A jump to one of NetGuard's own chains. Both backends print it like this in both families.</summary>
    public static DesiredRule JumpTo(ChainName chain, SourceLocation at) => new($"reach-{chain}", new($"-m comment --comment \"netguard:reach-{chain}\" -j {chain}"), at);
}
