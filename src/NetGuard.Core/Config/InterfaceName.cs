using System.Text;

namespace NetGuard.Core.Config;

/// <summary>Names of network interfaces.</summary>
internal static class InterfaceName
{
    /// <summary>IFNAMSIZ (16) less the closing zero: linux/if.h.</summary>
    public const int MaxBytes = 15;

    /// <summary>What is wrong with the name of one interface, or null: dev_valid_name in net/core/dev.c.</summary>
    public static string? Fault(string name) => name switch
    {
        "all" => "'all' is no interface (did you mean 'forwarding.ipv4', the switch of all interfaces)",
        "default" => "'default' is no interface (did you mean the key 'net.ipv4.conf.default.forwarding' under 'sysctls')",
        "." or ".." => $"'{name}' is no name of an interface",
        _ when Encoding.UTF8.GetByteCount(name) is > MaxBytes and var bytes =>
            $"the interface name {Printed.Quoted(name)} is {bytes} bytes long (at most {MaxBytes})",
        _ when name.Length == 0 || name.Any(c => char.IsWhiteSpace(c) || c is '/' or ':') || Printed.Unprintable(name) >= 0 =>
            $"{Printed.Quoted(name)} is no name of an interface (no spaces, slashes or colons)",
        _ => null,
    };
}
