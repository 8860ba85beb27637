namespace NetGuard.Core.Snapshot;

/// <summary>A file of sysctl.d(5).</summary>
/// <param name="Path">Its path as the administrator knows it: <c>/etc/sysctl.d/99-docker.conf</c>.</param>
/// <param name="Text">What it says; null where it could not be read.</param>
public sealed record SysctlFile(string Path, string? Text);
