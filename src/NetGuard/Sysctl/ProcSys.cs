using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Sysctl;

/// <summary>The kernel's settings as files. Which network namespace they belong to is decided by the calling thread's
/// (net_ctl_root in net/sysctl_net.c), so that everything here happens on that thread.</summary>
/// <param name="root">Where the files are.</param>
public sealed class ProcSys(string root = ProcSys.KernelRoot) : ISysctls
{
    private const string KernelRoot = "/proc/sys";
    private static readonly string[] Groups = ["ipv4/conf", "ipv6/conf", "ipv4/neigh"];
    private const int MaxBytes = 64 * 1024;
    private const int Eperm = 1;
    private const int Enoent = 2;
    private const int Eacces = 13;
    private const int Erofs = 30;

    /// <inheritdoc/>
    public SysctlReading Read(SysctlKey key)
    {
        if (PathOf(key) is not { } path)
        {
            return default;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var length = 0;
            while (RandomAccess.Read(file, buffer.AsSpan(length), length) is > 0 and var read)
            {
                length += read;
                if (length < buffer.Length)
                {
                    break;
                }

                if (length >= MaxBytes)
                {
                    return new(null, $"{key}: the value is longer than {MaxBytes} bytes");
                }

                var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return new(SysctlValue.Normalise(Encoding.UTF8.GetString(buffer, 0, length)), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return IsAbsent(e) ? default : new(null, Explain(key, e, "reading it"));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Write(SysctlKey key, string value)
    {
        var text = SysctlValue.Normalise(value);
        var path = PathOf(key) ?? throw new IOException(Lacking(key));
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

            // One write(2): the kernel takes each as a whole new value. The line end makes an empty value one, too.
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(text + "\n"), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(IsAbsent(e) && !File.Exists(path) ? Lacking(key) : Explain(key, e, $"the value \"{text}\""), e);
        }
    }

    /// <summary>The interfaces that have settings of their own, <c>all</c> and <c>default</c> among them.</summary>
    public IReadOnlyCollection<string> Interfaces() =>
    [
        .. Groups.Select(group => Path.Join(root, "net", group)).Where(Directory.Exists)
            .SelectMany(Directory.EnumerateDirectories).Select(folder => Path.GetFileName(folder)).Distinct(),
    ];

    private static string Lacking(SysctlKey key) => $"{key}: the kernel does not have this setting";

    private string? PathOf(SysctlKey key)
    {
        // A key has no empty part and no "..", but one that was never parsed is empty.
        var path = key == default ? null : Path.Join(root, key.RelativePath);

        // The kernel keeps no symbolic links there. Another root may, and they might lead out of it.
        return path is not null && root != KernelRoot && HasLink(path) ? null : path;
    }

    private bool HasLink(string path)
    {
        for (var part = path; part is not null && part.Length > root.Length; part = Path.GetDirectoryName(part))
        {
            if (new FileInfo(part).LinkTarget is not null)
            {
                return true;
            }
        }

        return false;
    }

    private string Explain(SysctlKey key, Exception e, string what)
    {
        // ENOENT is also what a setting answers that does not know the name it is given, tcp_congestion_control for one.
        var errno = e switch
        {
            FileNotFoundException => Enoent,
            UnauthorizedAccessException => e.InnerException?.HResult ?? Eacces,
            _ => e.HResult,
        };
        var words = Marshal.GetPInvokeErrorMessage(errno);
        return errno switch
        {
            _ when Directory.Exists(Path.Join(root, key.RelativePath)) => $"{key}: this is a group of settings, not a setting",
            Eperm or Eacces => $"{key}: the kernel does not permit {what} ({words}); it may need root or CAP_NET_ADMIN",
            Erofs => $"{key}: {root} is mounted read-only ({words})",
            > 0 and < 4096 => $"{key}: the kernel refuses {what} ({words})",
            _ => $"{key}: {e.Message}",
        };
    }

    private static bool IsAbsent(Exception e) => e is FileNotFoundException or DirectoryNotFoundException or PathTooLongException;
}
