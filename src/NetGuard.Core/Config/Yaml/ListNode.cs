using NetGuard.Core.State;

namespace NetGuard.Core.Config.Yaml;

/// <summary>A YAML sequence.</summary>
internal sealed class ListNode(SourceLocation at, IReadOnlyList<Node> items) : Node(at)
{
    /// <summary>Its items in their order; after a merge they come from several files.</summary>
    public IReadOnlyList<Node> Items { get; } = items;

    /// <inheritdoc/>
    public override string Kind => "a list";
}
