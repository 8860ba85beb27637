using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>Puts a table of nf_tables to sleep, so that no packet gets to its chains, or wakes it.</summary>
/// <param name="Table">The table.</param>
/// <param name="Dormant">Whether it sleeps from then on.</param>
public sealed record TableSwitch(TableName Table, bool Dormant)
{
    /// <summary>As a person would type it into a shell: only nft has a word for it.</summary>
    public string Command(Family family) =>
        ShellWords.Join(["nft", $"add table {(family == Family.Ipv4 ? "ip" : "ip6")} {Table}{(Dormant ? " { flags dormant; }" : "")}"]);
}
