namespace NetGuard.Xtables;

/// <summary>How large the tables of a family are and where their built-in chains begin: what the kernel tells without handing out the rules.</summary>
/// <param name="Entries">How many entries they have together.</param>
/// <param name="Info">struct ipt_getinfo of each, in hexadecimal.</param>
public sealed record LegacyLayout(int Entries, string Info);
