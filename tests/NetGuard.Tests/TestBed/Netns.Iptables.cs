using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>The namespace's firewall, by the tools themselves.</summary>
public sealed partial class Netns
{
    /// <summary>Loads one of tests/layouts, in place of what its tables held.</summary>
    public async Task LoadLayout(Backend backend, Family family, string fileName) =>
        await Restore(backend, family, await File.ReadAllTextAsync(LayoutPath(fileName)));

    /// <summary>Loads text in iptables-save's format, in place of what its tables held.</summary>
    public Task Restore(Backend backend, Family family, string text, params IEnumerable<string> options) =>
        Output(Tool(backend, family, "-restore"), ["--wait", .. options], text);

    /// <summary>All tables, as iptables-save prints them.</summary>
    public Task<string> Save(Backend backend, Family family, bool counters = false) =>
        Output(Tool(backend, family, "-save"), counters ? ["--counters"] : []);

    /// <summary>Runs iptables, which must succeed, and returns what it printed.</summary>
    public Task<string> Iptables(Backend backend, Family family, params IReadOnlyList<string> arguments) =>
        Output(Tool(backend, family), ["--wait", .. arguments]);

    /// <summary>Where the copy of a layout is, beside the test assembly.</summary>
    public static string LayoutPath(string fileName) => System.IO.Path.Combine(AppContext.BaseDirectory, "layouts", fileName);

    private static string Tool(Backend backend, Family family, string action = "") =>
        $"{family.Tool()}-{backend.Name()}{action}";
}
