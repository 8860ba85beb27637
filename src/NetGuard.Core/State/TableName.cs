namespace NetGuard.Core.State;

/// <summary>One of the five tables that iptables knows.</summary>
public readonly record struct TableName
{
    private static readonly (string Name, string[] Builtins)[] Known =
    [
        ("filter", ["INPUT", "FORWARD", "OUTPUT"]),
        ("nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]),
        ("mangle", ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]),
        ("raw", ["PREROUTING", "OUTPUT"]),
        ("security", ["INPUT", "FORWARD", "OUTPUT"]),
    ];

    private readonly int _index;

    private TableName(int index) => _index = index;

    /// <summary>The table that a chain belongs to where none is named.</summary>
    public static TableName Filter => new(0);

    /// <summary>The table of address translation.</summary>
    public static TableName Nat => new(1);

    /// <summary>The table of packet alteration.</summary>
    public static TableName Mangle => new(2);

    /// <summary>The table before connection tracking.</summary>
    public static TableName Raw => new(3);

    /// <summary>The table of SELinux marks.</summary>
    public static TableName Security => new(4);

    /// <summary>All five.</summary>
    public static IReadOnlyList<TableName> All { get; } = [Filter, Nat, Mangle, Raw, Security];

    /// <summary>The name as iptables has it.</summary>
    public string Value => Known[_index].Name;

    /// <summary>Its place among <see cref="All"/>.</summary>
    public int Order => _index;

    /// <summary>The chains that the kernel itself calls, in iptables-save's order.</summary>
    public IReadOnlyList<string> BuiltinChains => Known[_index].Builtins;

    /// <summary>Reads a table's name; false if there is no such table.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TableName table)
    {
        for (var i = 0; i < Known.Length; i++)
        {
            if (text.SequenceEqual(Known[i].Name))
            {
                table = new(i);
                return true;
            }
        }

        table = default;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
