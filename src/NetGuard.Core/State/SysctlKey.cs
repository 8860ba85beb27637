namespace NetGuard.Core.State;

/// <summary>The name of a kernel setting below <c>net.</c>, in sysctl's dotted form.</summary>
public readonly record struct SysctlKey
{
    private readonly string? _path;

    private SysctlKey(string path) => _path = path;

    /// <summary>The switch that decides whether IPv4 is forwarded at all; the same one as conf.all.forwarding.</summary>
    public static SysctlKey Ipv4Forwarding { get; } = Parse("net.ipv4.ip_forward");

    /// <summary>The switch that decides whether IPv6 is forwarded at all.</summary>
    public static SysctlKey Ipv6Forwarding { get; } = Parse("net.ipv6.conf.all.forwarding");

    /// <summary>The file below /proc/sys: <c>net/ipv4/conf/eth0.100/forwarding</c>.</summary>
    public string RelativePath => _path ?? "";

    /// <summary>The family that the setting belongs to; null for those of both and of neither.</summary>
    public Family? Family =>
        RelativePath.StartsWith("net/ipv4/", StringComparison.Ordinal) ? State.Family.Ipv4
        : RelativePath.StartsWith("net/ipv6/", StringComparison.Ordinal) ? State.Family.Ipv6
        : null;

    /// <summary>The switch of one interface.</summary>
    public static SysctlKey InterfaceForwarding(Family family, string @interface) =>
        new($"net/{family.Name()}/conf/{@interface}/forwarding");

    /// <summary>Reads a name as sysctl.d(5) has it: the first separator decides, and dots and slashes swap when it is a dot.</summary>
    /// <exception cref="FormatException">The name is not one below <c>net.</c>; the message says why.</exception>
    public static SysctlKey Parse(string text) => Fault(text) is { } fault ? throw new FormatException(fault) : new(ToPath(text));

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Fault(string text)
    {
        var path = ToPath(text);
        return path switch
        {
            _ when text.Any(c => c is <= ' ' or '\u007f') => "a sysctl name has no spaces or control characters",
            _ when !path.StartsWith("net/", StringComparison.Ordinal) => "only keys under net. are guarded",
            _ when path.Split('/').Any(part => part is "" or "." or "..") => "a sysctl name has no empty part",
            _ => null,
        };
    }

    /// <summary>The dotted form: <c>net.ipv4.conf.eth0/100.forwarding</c>.</summary>
    public override string ToString() => Swap(RelativePath);

    private static string ToPath(string text) =>
        text.IndexOfAny(['.', '/']) is var first && first >= 0 && text[first] == '.' ? Swap(text) : text;

    private static string Swap(string text) =>
        string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = from[i] switch { '.' => '/', '/' => '.', var c => c };
            }
        });
}
