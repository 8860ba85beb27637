using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Inotify;
using NetGuard.Interop;

namespace NetGuard.Inotify;

/// <summary>What to do with one event.</summary>
public delegate void InotifyHandler(in InotifyEvent happened);

/// <summary>An inotify(7) instance.</summary>
public sealed class InotifyWatches : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly byte[] _buffer = new byte[16 * 1024];

    private InotifyWatches(SafeFileHandle handle) => _handle = handle;

    /// <summary>The descriptor, for poll(2).</summary>
    public int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Opens one.</summary>
    /// <exception cref="IOException">fs.inotify.max_user_instances has been reached.</exception>
    public static InotifyWatches Open()
    {
        var descriptor = Libc.InotifyInit(Libc.InotifyFlags);
        return descriptor >= 0 ? new(new(descriptor, ownsHandle: true)) : throw Failure("inotify_init1");
    }

    /// <summary>Watches a file or a directory.</summary>
    /// <returns>The watch's number; -1 where the path does not exist or may not be read.</returns>
    public int Add(string path, uint mask) => Libc.InotifyAddWatch(_handle, path, mask);

    /// <summary>Ends a watch.</summary>
    public void Remove(int watch) => _ = Libc.InotifyRemoveWatch(_handle, watch);

    /// <summary>Receives what has happened since.</summary>
    public void Drain(InotifyHandler handler)
    {
        while (Libc.Read(_handle, _buffer, _buffer.Length) is > 0 and var length)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(0, (int)length);
            while (InotifyEvent.TryRead(ref rest, out var happened))
            {
                handler(happened);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static IOException Failure(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
}
