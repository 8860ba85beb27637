namespace NetGuard.Core.Config.Yaml;

/// <summary>One key of a mapping.</summary>
/// <param name="Name">The key in the form by which it is compared: <c>filter/FORWARD</c> is <c>FORWARD</c>.</param>
/// <param name="Key">The key as it was written.</param>
/// <param name="Value">What stands behind it.</param>
internal sealed record MappingEntry(string Name, ScalarNode Key, Node Value);
