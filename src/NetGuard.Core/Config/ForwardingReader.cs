using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Reads <c>forwarding</c>.</summary>
internal sealed class ForwardingReader(DeclaredSysctls sysctls, Mistakes mistakes)
{
    /// <summary>Reads the section.</summary>
    public void Read(Node node)
    {
        if (Section.Of(node, "forwarding", ConfigKeys.Forwarding, mistakes) is not { } section)
        {
            return;
        }

        Switch(section.Entry("ipv4"), "forwarding.ipv4", SysctlKey.Ipv4Forwarding);
        Switch(section.Entry("ipv6"), "forwarding.ipv6", SysctlKey.Ipv6Forwarding);
        if (section["interfaces"] is { } interfaces && Expect.Mapping(interfaces, "interfaces", mistakes) is { } mapping)
        {
            foreach (var entry in mapping.Entries)
            {
                Interface(entry);
            }
        }
    }

    private void Interface(MappingEntry entry)
    {
        var name = entry.Name;
        if (InterfaceName.Fault(name) is { } fault)
        {
            mistakes.Add(entry.Key.At, fault);
        }
        else if (entry.Value is not MappingNode)
        {
            Switch(entry, $"forwarding of {name}", SysctlKey.InterfaceForwarding(Family.Ipv4, name));
        }
        else if (Section.Of(entry.Value, name, ConfigKeys.ByFamily, mistakes) is { } byFamily)
        {
            Switch(byFamily.Entry("ipv4"), $"ipv4 forwarding of {name}", SysctlKey.InterfaceForwarding(Family.Ipv4, name));
            Switch(byFamily.Entry("ipv6"), $"ipv6 forwarding of {name}", SysctlKey.InterfaceForwarding(Family.Ipv6, name));
        }
    }

    private void Switch(MappingEntry? entry, string what, SysctlKey key)
    {
        if (entry is not null && Vocabularies.Switch.TryRead(entry.Value, what, mistakes, out var value) && value is { } on)
        {
            sysctls.Add(key, on ? "1" : "0", entry.Key.At, $"{what} '{(on ? "on" : "off")}'");
        }
    }
}
