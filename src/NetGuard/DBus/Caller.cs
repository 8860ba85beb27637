using System.Globalization;
using NetGuard.Core.Journal;

namespace NetGuard.DBus;

/// <summary>Who asks for a change, as the bus knows it.</summary>
/// <param name="Uid">The user.</param>
/// <param name="Pid">The process; 0 where the bus does not say. It may be gone, and its number another's: for the log alone.</param>
internal readonly record struct Caller(uint Uid, uint Pid)
{
    /// <summary><c>netguard (pid 4711), uid 0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name()}, uid {Uid}");

    private string Name()
    {
        try
        {
            var name = File.ReadAllText($"/proc/{Pid}/comm").Trim();
            return string.Create(CultureInfo.InvariantCulture, $"{OneLine.Of(name)} (pid {Pid})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"pid {Pid}");
        }
    }
}
