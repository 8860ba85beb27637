using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Collects the kernel settings of <c>forwarding</c> and <c>sysctls</c>, which may name the same one.</summary>
internal sealed class DeclaredSysctls(Mistakes mistakes)
{
    private static readonly SysctlKey AllIpv4 = SysctlKey.Parse("net.ipv4.conf.all.forwarding");

    private readonly Dictionary<SysctlKey, (SysctlConfig Config, string Said)> _byKey = [];
    private readonly List<SysctlConfig> _inOrder = [];

    /// <summary>The settings, each once, in the order of the file.</summary>
    public ValueList<SysctlConfig> All => _inOrder.ToValueList();

    /// <summary>Takes a setting; one that contradicts an earlier one is reported.</summary>
    /// <param name="key">The setting.</param>
    /// <param name="value">Its value as the kernel prints it.</param>
    /// <param name="at">Where it was declared.</param>
    /// <param name="said">What was written there.</param>
    /// <param name="why">Why two values cannot both hold.</param>
    public void Add(SysctlKey key, string value, SourceLocation at, string said, string why = "in the kernel they are one switch")
    {
        // devinet_sysctl_forward (net/ipv4/devinet.c): two files, one variable.
        key = key == AllIpv4 ? SysctlKey.Ipv4Forwarding : key;
        if (!_byKey.TryGetValue(key, out var first))
        {
            var config = new SysctlConfig(key, value, at);
            _byKey.Add(key, (config, said));
            _inOrder.Add(config);
        }
        else if (first.Config.Value != value)
        {
            mistakes.Add(at, $"{said} contradicts {first.Said} at {first.Config.At} ({why})");
        }
    }
}
