using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>A line of a sysctl.d file that sets something.</summary>
/// <param name="Key">What it sets; with wildcards where it sets several.</param>
/// <param name="Value">The value as it was written.</param>
/// <param name="At">The file and line.</param>
public sealed record SysctlFileSetting(SysctlKey Key, string Value, SourceLocation At)
{
    /// <summary>The place as it goes into a sentence: <c>/etc/sysctl.d/99-x.conf:3</c>.</summary>
    public string Place => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{At.File}:{At.Line}");
}
