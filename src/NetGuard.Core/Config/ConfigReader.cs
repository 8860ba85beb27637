using NetGuard.Core.Config.Docker;
using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Gives the merged files their meaning.</summary>
internal sealed class ConfigReader(Mistakes mistakes)
{
    private static readonly GuardConfig Defaults = new();

    /// <summary>Reads the whole; what is wrong is reported and left at its default.</summary>
    public GuardConfig Read(MappingNode root)
    {
        var section = Section.Of(root, "the file", ConfigKeys.Root, mistakes, Hint)!;
        var families = section["families"] is { } list ? Families(list) : Defaults.Families;
        var scope = new FamilyScope(families, $"families is [{string.Join(", ", families.Select(f => f.Name()))}]", mistakes);
        var sysctls = new DeclaredSysctls(mistakes);
        if (section["forwarding"] is { } forwarding)
        {
            new ForwardingReader(sysctls, mistakes).Read(forwarding);
        }

        if (section["sysctls"] is { } settings)
        {
            new SysctlReader(sysctls, mistakes).Read(settings);
        }

        var docker = root.Find("docker") is { } entry ? new DockerReader(scope, sysctls, mistakes).Read(entry) : null;
        return new()
        {
            Mode = section["mode"] is { } node && Vocabularies.Mode.TryRead(node, "mode", mistakes, out var mode) ? mode : Defaults.Mode,
            Interval = section["interval"] is { } interval ? Interval(interval) : Defaults.Interval,
            Backend = section["backend"] is { } name && Vocabularies.Backend.TryRead(name, "backend", mistakes, out var backend) ? backend : null,
            Families = families,
            Sysctls = sysctls.All,
            Chains = section["chains"] is { } chains ? new ChainReader(scope, mistakes).Read(chains) : [],
            Docker = docker,
            Metrics = section["metrics"] is { } metrics ? new MetricsReader(mistakes).Read(metrics) : null,
        };
    }

    private static string? Hint(string key) =>
        ChainKeyText.Read(key, out var chain) is null && (chain.IsBuiltin || chain == ChainKey.DockerUser || chain.Chain.IsDockerMade)
            ? "a chain stands under 'chains'"
            : null;

    private TimeSpan Interval(Node node)
    {
        if (Expect.Scalar(node, "interval", "a duration such as 60s", mistakes) is { } scalar)
        {
            if (Duration.Read(scalar.Text, out var interval) is not { } fault)
            {
                return interval;
            }

            mistakes.Add(scalar.At, $"interval is {Printed.Quoted(scalar.Text)}, {fault}");
        }

        return Defaults.Interval;
    }

    private ValueList<Family> Families(Node node)
    {
        if (Expect.List(node, "families", mistakes, "a list such as [ipv4, ipv6]") is not { } list)
        {
            return Defaults.Families;
        }

        if (list.Items.Count == 0)
        {
            mistakes.Add(node.At, "families is empty (expected ipv4, ipv6 or both)");
        }

        var families = new Dictionary<Family, SourceLocation>();
        foreach (var item in list.Items)
        {
            // A drop-in may name a family again: its list is appended to the one before.
            if (Vocabularies.Family.TryRead(item, "a family", mistakes, out var family)
                && !families.TryAdd(family, item.At) && families[family].File == item.At.File)
            {
                mistakes.Add(item.At, $"{family.Name()} stands here twice (first at {families[family]})");
            }
        }

        return families.Count == 0 ? Defaults.Families : families.Keys.Order().ToValueList();
    }
}
