using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Reads the key of a chain: <c>[table/]CHAIN</c>.</summary>
internal static class ChainKeyText
{
    // NetGuard's own: guarded for what they are, not for what a file says.
    private static readonly HashSet<string> Reserved = ["NETGUARD-SCRATCH", "NETGUARD-FORWARD", "NETGUARD-INPUT"];

    // iptables: "chain name may not clash with target name". Names of extensions' targets, such as LOG, are taken.
    private static readonly HashSet<string> Verdicts = ["ACCEPT", "DROP", "RETURN", "QUEUE"];

    /// <summary>What is wrong with a key, or null.</summary>
    public static string? Read(string text, out ChainKey key)
    {
        key = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var name = text[(slash + 1)..];
        var table = TableName.Filter;
        if (slash >= 0 && !TableName.TryParse(text.AsSpan(0, slash), out table))
        {
            var tables = TableName.All.Select(t => t.Value).ToArray();
            var near = Spelling.Nearest(text[..slash], tables);
            var guess = near is null ? "" : $"; did you mean '{near}/{name}'";
            return $"there is no table {Printed.Quoted(text[..slash])} (expected {Printed.Or(tables)}{guess})";
        }

        if (ChainName.Fault(name) is { } fault)
        {
            return $"{Printed.Quoted(text)}: {fault}";
        }

        key = new(table, new(name));
        return Fault(key);
    }

    private static string? Fault(ChainKey key)
    {
        var elsewhere = TableName.All.Where(t => t.BuiltinChains.Contains(key.Chain.Value)).Select(t => $"'{key with { Table = t }}'").ToArray();
        return key switch
        {
            _ when elsewhere.Length > 0 && !key.IsBuiltin =>
                $"table {key.Table} has no chain {key.Chain}, which is built in elsewhere (did you mean {Printed.Or(elsewhere)})",
            _ when Verdicts.Contains(key.Chain.Value) => $"{key.Chain} is a verdict, no chain (expected the name of a chain)",
            _ when Reserved.Contains(key.Chain.Value) => $"{key.Chain} is NetGuard's own chain (choose another name)",
            _ => null,
        };
    }
}
