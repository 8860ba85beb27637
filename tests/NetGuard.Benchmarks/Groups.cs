namespace NetGuard.Benchmarks;

/// <summary>What is measured, in the order of the report; each makes its part of it.</summary>
internal static class Groups
{
    public static IReadOnlyDictionary<string, Func<Bench, Task<string>>> All { get; } = new Dictionary<string, Func<Bench, Task<string>>>
    {
        ["events"] = EventsGroup.Measure,
        ["flush"] = GuardedFlushGroup.Measure,
        ["flood"] = FloodGroup.Measure,
        ["foreign"] = ForeignGroup.Measure,
        ["idle"] = IdleGroup.Measure,
        ["start"] = StartGroup.Measure,
        ["container"] = ContainerGroup.Measure,
        ["attribution"] = AttributionGroup.Measure,
        ["apply"] = ApplyGroup.Measure,
        ["core"] = CoreGroup.Measure,
    };
}
