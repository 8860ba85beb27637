using NetGuard.Core.Config.Yaml;

namespace NetGuard.Core.Config;

/// <summary>Takes a node for what it should be, or reports that it is something else.</summary>
internal static class Expect
{
    /// <summary>A mapping, or null.</summary>
    public static MappingNode? Mapping(Node node, string what, Mistakes mistakes) => Kind<MappingNode>(node, what, "a mapping", mistakes);

    /// <summary>A list, or null.</summary>
    public static ListNode? List(Node node, string what, Mistakes mistakes, string expected = "a list") =>
        Kind<ListNode>(node, what, expected, mistakes);

    /// <summary>A single value that is there, or null.</summary>
    public static ScalarNode? Scalar(Node node, string what, string expected, Mistakes mistakes) =>
        Kind<ScalarNode>(node, what, expected, mistakes);

    private static T? Kind<T>(Node node, string what, string expected, Mistakes mistakes) where T : Node
    {
        if (node is T wanted && !node.IsNull)
        {
            return wanted;
        }

        if (node is not BrokenNode)
        {
            mistakes.Add(node.At, node.IsNull
                ? $"{what} has no value (expected {expected})"
                : $"{what} is {node.Kind} (expected {expected})");
        }

        return null;
    }
}
