namespace NetGuard.Benchmarks;

/// <summary>What is measured, in the order of the report; each makes its part of it.</summary>
internal static class Groups
{
    public static IReadOnlyDictionary<string, Func<Bench, Task<string>>> All { get; } = new Dictionary<string, Func<Bench, Task<string>>>
    {
        ["apply"] = ApplyGroup.Measure,
        ["flush"] = GuardedFlushGroup.Measure,
        ["start"] = StartGroup.Measure,
        ["memory"] = MemoryGroup.Measure,
        ["core"] = CoreGroup.Measure,
    };
}
