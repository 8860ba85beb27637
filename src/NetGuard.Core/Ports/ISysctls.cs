using NetGuard.Core.State;

namespace NetGuard.Core.Ports;

/// <summary>The kernel's settings.</summary>
public interface ISysctls
{
    /// <summary>Reads one setting. Does not throw: a setting that is not there or cannot be read is an answer.</summary>
    SysctlReading Read(SysctlKey key);

    /// <summary>Writes one setting. The kernel may take it and still show another value: read it back.</summary>
    /// <exception cref="IOException">The kernel refuses the value, or the setting is not there or is read-only.</exception>
    void Write(SysctlKey key, string value);
}

/// <summary>What came of reading a setting: exactly one of value, absent and failure.</summary>
/// <param name="Value">The value with runs of blanks as one space; null where there is none.</param>
/// <param name="Failure">Why it could not be read, though it is there; null where it could, or is not there.</param>
public readonly record struct SysctlReading(string? Value, string? Failure)
{
    /// <summary>The kernel does not have this setting.</summary>
    public bool IsAbsent => Value is null && Failure is null;
}
