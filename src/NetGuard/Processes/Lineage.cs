using System.Buffers.Text;
using System.Globalization;
using NetGuard.Core.Attribution;
using NetGuard.Interop;

namespace NetGuard.Processes;

/// <summary>Reads a process and its ancestors from /proc, as fast as can be: most have half a millisecond left to live.</summary>
internal static class Lineage
{
    // Deeper trees are loops of somebody's making, and nobody reads so long a line.
    private const int MaxDepth = 8;
    private const int MaxBytes = 4096;

    /// <summary>The process first, then its parent and so on, up to init; what can still be read. Nothing is looked at but the parents' numbers.</summary>
    public static IReadOnlyList<ProcessSighting> Of(int pid)
    {
        var seen = new List<ProcessSighting>(MaxDepth);
        Span<byte> buffer = stackalloc byte[MaxBytes];
        while (pid > 0 && seen.Count < MaxDepth)
        {
            // The command line goes first, when the process ends; the rest stays until its parent has taken notice.
            var commandLine = Read(pid, "/cmdline\0"u8, buffer);
            var stat = Read(pid, "/stat\0"u8, buffer);
            if (stat.Length == 0)
            {
                break;
            }

            seen.Add(new(pid, commandLine, stat, seen.Count < 2 ? Read(pid, "/cgroup\0"u8, buffer) : []));
            pid = pid > 1 && ProcessStat.TryParse(stat, out var parsed) ? parsed.Parent : 0;
        }

        return seen;
    }

    /// <summary>The process alone; null where it is gone.</summary>
    public static ProcessSighting? One(int pid)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        var commandLine = Read(pid, "/cmdline\0"u8, buffer);
        var stat = commandLine.Length > 0 ? Read(pid, "/stat\0"u8, buffer) : [];
        return stat.Length > 0 ? new(pid, commandLine, stat, []) : null;
    }

    /// <summary>
    /// Whether a process is in another network namespace, whose rules and settings are not ours. False where that cannot be told, too: of
    /// root's processes an unprivileged daemon may not ask it.
    /// </summary>
    public static bool IsInAnotherNetwork(int pid) =>
        Network(string.Create(CultureInfo.InvariantCulture, $"{pid}")) is { } other && Network("self") is { } own && other != own;

    /// <summary>The pid that was given out last: the fifth field of /proc/loadavg, proc(5); 0 where it cannot be read.</summary>
    public static int LastPid()
    {
        Span<byte> buffer = stackalloc byte[128];
        var text = buffer[..ReadFile("/proc/loadavg\0"u8, buffer)].TrimEnd((byte)'\n');
        return Utf8Parser.TryParse(text[(text.LastIndexOf((byte)' ') + 1)..], out int pid, out _) ? pid : 0;
    }

    private static string? Network(string process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/net").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] Read(int pid, ReadOnlySpan<byte> file, Span<byte> buffer)
    {
        Span<byte> path = stackalloc byte[32];
        "/proc/"u8.CopyTo(path);
        Utf8Formatter.TryFormat(pid, path[6..], out var digits);
        file.CopyTo(path[(6 + digits)..]);
        var length = ReadFile(path, buffer);
        return length == 0 ? [] : buffer[..length].ToArray();
    }

    private static int ReadFile(ReadOnlySpan<byte> path, Span<byte> buffer)
    {
        var descriptor = Libc.Open(path, Libc.OpenReadOnly);
        if (descriptor < 0)
        {
            return 0;
        }

        var length = Libc.Read(descriptor, buffer, buffer.Length);
        _ = Libc.Close(descriptor);
        return (int)Math.Max(length, 0);
    }
}
