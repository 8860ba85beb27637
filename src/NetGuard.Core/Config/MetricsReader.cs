using NetGuard.Core.Config.Yaml;

namespace NetGuard.Core.Config;

/// <summary>Reads <c>metrics</c>.</summary>
internal sealed class MetricsReader(Mistakes mistakes)
{
    private const string Expected = "an absolute path such as /var/lib/prometheus/node-exporter/netguard.prom";

    /// <summary>Reads the section; null where it names no file.</summary>
    public MetricsConfig? Read(Node node)
    {
        if (Section.Of(node, "metrics", ConfigKeys.Metrics, mistakes) is not { } section)
        {
            return null;
        }

        if (section["textfile"] is not { } textfile)
        {
            if (!section.HasUnknown)
            {
                mistakes.Add(node.At, $"metrics has no textfile (expected textfile: {Expected})");
            }

            return null;
        }

        if (Expect.Scalar(textfile, "textfile", Expected, mistakes) is not { } scalar)
        {
            return null;
        }

        if (Fault(scalar.Text) is { } fault)
        {
            mistakes.Add(scalar.At, $"textfile is {Printed.Quoted(scalar.Text)}, {fault}");
            return null;
        }

        return new(scalar.Text, scalar.At);
    }

    private static string? Fault(string path) => path switch
    {
        _ when Printed.Unprintable(path) >= 0 => "with a control character in it",
        "" or not ['/', ..] => $"not an absolute path (expected {Expected})",
        _ when !path.EndsWith(".prom", StringComparison.Ordinal) || path.EndsWith("/.prom", StringComparison.Ordinal)
            => "without a name that ends in .prom (node_exporter reads no others)",
        _ => null,
    };
}
