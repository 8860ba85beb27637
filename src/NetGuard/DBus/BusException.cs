using System.Globalization;
using System.Runtime.InteropServices;

namespace NetGuard.DBus;

/// <summary>The bus, or a message, did not do what was wanted.</summary>
public sealed class BusException : Exception
{
    /// <summary>ENOTCONN: the connection is gone.</summary>
    public const int NotConnected = 107;

    private BusException(string message, string? name, int errno)
        : base(message) => (Name, Errno) = (name, errno);

    /// <summary>The D-Bus error's name; null where the failure is not the other side's.</summary>
    public string? Name { get; }

    /// <summary>The number of the error; 0 where the other side answered with one.</summary>
    public int Errno { get; }

    /// <summary>What the other side answered.</summary>
    public static BusException Answered(string name, string message) => new(message.Length > 0 ? message : name, name, 0);

    internal static BusException Of(string what, int result) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what}: {Marshal.GetPInvokeErrorMessage(-result)}"), null, -result);

    internal static int Check(string what, int result) => result >= 0 ? result : throw Of(what, result);
}
