namespace NetGuard.Tests.TestBed;

/// <summary>What came of an attempt to connect.</summary>
public enum Reach
{
    /// <summary>The connection was accepted at the other end.</summary>
    Through,

    /// <summary>Somebody answered, but with a refusal.</summary>
    Refused,

    /// <summary>No answer.</summary>
    Dropped,
}
