namespace NetGuard.Benchmarks;

/// <summary>One thing that was to be reached, and what was.</summary>
/// <param name="What">What.</param>
/// <param name="Limit">How much was allowed.</param>
/// <param name="Measured">How much it was.</param>
/// <param name="IsMet">Whether that is no more than was allowed.</param>
internal sealed record Goal(string What, string Limit, string Measured, bool IsMet);
