namespace NetGuard.Core.Netlink;

/// <summary>A rule of nf_tables.</summary>
/// <param name="Handle">The kernel's number for it, never given twice in a table; 0 for one that is yet to come.</param>
/// <param name="Body">What it is: <see cref="NftRuleBody"/>.</param>
public sealed record NftRule(ulong Handle, byte[] Body);
