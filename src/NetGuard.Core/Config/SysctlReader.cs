using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Reads <c>sysctls</c>.</summary>
internal sealed class SysctlReader(DeclaredSysctls sysctls, Mistakes mistakes)
{
    private const string Expected = "a value such as 1";

    /// <summary>Reads the section.</summary>
    public void Read(Node node)
    {
        if (Expect.Mapping(node, "sysctls", mistakes) is not { } mapping)
        {
            return;
        }

        foreach (var entry in mapping.Entries)
        {
            Setting(entry);
        }
    }

    private void Setting(MappingEntry entry)
    {
        var written = entry.Key.Text;
        if (SysctlKey.Fault(written) is { } fault)
        {
            var hint = entry.Value is MappingNode ? "; write the whole name: net.ipv4.ip_forward: 1" : "";
            mistakes.Add(entry.Key.At, $"{Printed.Quoted(written)}: {fault}{hint}");
            return;
        }

        if (Expect.Scalar(entry.Value, written, Expected, mistakes) is not { } scalar)
        {
            return;
        }

        // The kernel prints lists (tcp_rmem, ip_local_port_range) with tabs between the numbers.
        var value = string.Join(' ', scalar.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (Fault(value) is { } message)
        {
            mistakes.Add(scalar.At, $"{written} {message}");
            return;
        }

        sysctls.Add(SysctlKey.Parse(written), value, entry.Key.At, $"{entry.Name} {Printed.Quoted(value)}");
    }

    private static string? Fault(string value) => value.ToUpperInvariant() switch
    {
        "" => $"has no value (expected {Expected})",
        "ON" or "TRUE" or "YES" => $"is '{value}', which the kernel does not read (did you mean 1)",
        "OFF" or "FALSE" or "NO" => $"is '{value}', which the kernel does not read (did you mean 0)",
        "UNMANAGED" => $"is '{value}', which the kernel does not read (leave the key out)",
        _ when Printed.Unprintable(value) >= 0 => $"has a control character in its value {Printed.Quoted(value)}",
        _ => null,
    };
}
