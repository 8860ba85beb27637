using System.Runtime.InteropServices;

namespace NetGuard.Netlink;

/// <summary>A netlink socket, or the kernel behind it, refuses.</summary>
public sealed class NetlinkException(string what, int errno)
    : IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}")
{
    private const int Enobufs = 105;
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const int Enoent = 2;
    private const int Erestart = 85;

    /// <summary>Why, as the kernel numbers it: asm-generic/errno.h.</summary>
    public int Errno { get; } = errno;

    /// <summary>Messages have been lost, because the receive buffer was full.</summary>
    public bool IsOverflow => Errno == Enobufs;

    /// <summary>What was read changed meanwhile, or the generation that a batch was made for is not in force any more: ask again.</summary>
    public bool IsInterrupted => Errno is Eintr or Erestart;

    /// <summary>No answer came in time.</summary>
    public bool IsTimeout => Errno == Eagain;

    /// <summary>The table, chain or rule does not exist.</summary>
    public bool IsAbsent => Errno == Enoent;

    /// <summary>With the errno that libc has just left.</summary>
    public static NetlinkException Last(string what) => new(what, Marshal.GetLastPInvokeError());

    /// <summary>A dump that was torn by a commit.</summary>
    public static NetlinkException Interrupted(string what) => new(what, Eintr);
}
