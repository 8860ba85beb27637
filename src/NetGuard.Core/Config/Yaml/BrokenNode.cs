using NetGuard.Core.State;

namespace NetGuard.Core.Config.Yaml;

/// <summary>Stands for a value whose mistake is reported already, so that nothing more is said about it.</summary>
internal sealed class BrokenNode(SourceLocation at) : Node(at)
{
    /// <inheritdoc/>
    public override string Kind => "broken";
}
