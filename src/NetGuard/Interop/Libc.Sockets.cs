using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetGuard.Interop;

/// <summary>Sockets, for an address family that .NET does not know.</summary>
internal static partial class Libc
{
    /// <summary>AF_NETLINK: bits/socket.h.</summary>
    public const int AfNetlink = 16;

    /// <summary>AF_UNIX.</summary>
    public const int AfUnix = 1;

    /// <summary>SOCK_DGRAM.</summary>
    public const int SockDatagram = 2;

    /// <summary>SO_NETNS_COOKIE: asm-generic/socket.h, since Linux 5.14.</summary>
    public const int SoNetnsCookie = 71;

    /// <summary>SOCK_RAW.</summary>
    public const int SockRaw = 3;

    /// <summary>SOCK_CLOEXEC: no program that we start inherits it.</summary>
    public const int SockCloexec = 0x80000;

    /// <summary>SOL_SOCKET: asm-generic/socket.h.</summary>
    public const int SolSocket = 1;

    /// <summary>SO_SNDBUF.</summary>
    public const int SoSendBuffer = 7;

    /// <summary>SO_SNDBUFFORCE: beyond net.core.wmem_max; takes CAP_NET_ADMIN.</summary>
    public const int SoSendBufferForce = 32;

    /// <summary>SO_RCVBUF.</summary>
    public const int SoReceiveBuffer = 8;

    /// <summary>SO_RCVTIMEO.</summary>
    public const int SoReceiveTimeout = 20;

    /// <summary>SO_RCVBUFFORCE: beyond net.core.rmem_max; takes CAP_NET_ADMIN.</summary>
    public const int SoReceiveBufferForce = 33;

    /// <summary>SOL_NETLINK: linux/socket.h.</summary>
    public const int SolNetlink = 270;

    /// <summary>NETLINK_ADD_MEMBERSHIP: linux/netlink.h.</summary>
    public const int NetlinkAddMembership = 1;

    /// <summary>MSG_DONTWAIT.</summary>
    public const int MsgDontWait = 0x40;

    /// <summary>MSG_TRUNC: recv(2) returns the datagram's length, also where it is more than the buffer's.</summary>
    public const int MsgTruncated = 0x20;

    /// <summary>socket(2).</summary>
    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    /// <summary>bind(2).</summary>
    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(SafeFileHandle socket, in NetlinkAddress address, uint length);

    /// <summary>getsockname(2).</summary>
    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(SafeFileHandle socket, out NetlinkAddress address, ref uint length);

    /// <summary>setsockopt(2) with a number.</summary>
    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(SafeFileHandle socket, int level, int option, in int value, uint length);

    /// <summary>setsockopt(2) with struct timeval.</summary>
    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(SafeFileHandle socket, int level, int option, in TimeValue value, uint length);

    /// <summary>getsockopt(2) with a number.</summary>
    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(SafeFileHandle socket, int level, int option, out int value, ref uint length);

    /// <summary>sendto(2).</summary>
    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint Send(SafeFileHandle socket, ReadOnlySpan<byte> bytes, nint length, int flags, in NetlinkAddress to, uint addressLength);

    /// <summary>recv(2).</summary>
    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint Receive(SafeFileHandle socket, Span<byte> bytes, nint length, int flags, out NetlinkAddress from, ref uint addressLength);

    /// <summary>IF_NAMESIZE: the closing zero included.</summary>
    public const int InterfaceNameLength = 16;

    /// <summary>if_indextoname(3), which writes at most <see cref="InterfaceNameLength"/> bytes; 0 where there is no such interface.</summary>
    [LibraryImport("libc", EntryPoint = "if_indextoname", SetLastError = true)]
    public static partial nint InterfaceName(uint index, Span<byte> name);

    /// <summary>struct sockaddr_nl: linux/netlink.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct NetlinkAddress
    {
        /// <summary>nl_family and two bytes of nothing.</summary>
        public uint Family;

        /// <summary>nl_pid: the port; 0 is the kernel.</summary>
        public uint Port;

        /// <summary>nl_groups: the first 32 groups.</summary>
        public uint Groups;
    }

    /// <summary>struct timeval on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeValue
    {
        /// <summary>Whole seconds.</summary>
        public long Seconds;

        /// <summary>And the rest.</summary>
        public long Microseconds;
    }
}
