using NetGuard.Core.State;

namespace NetGuard.Core.Config.Yaml;

/// <summary>A value of a configuration file with its place, before anything is known about its meaning.</summary>
internal abstract class Node(SourceLocation at)
{
    /// <summary>Where it begins.</summary>
    public SourceLocation At { get; } = at;

    /// <summary>What it is called in a mistake.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether nothing stands there.</summary>
    public virtual bool IsNull => false;
}
