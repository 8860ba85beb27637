using System.Globalization;
using System.Runtime.InteropServices;
using NetGuard.Interop;

namespace NetGuard.ConfigFiles;

/// <summary>Whether anybody but root could put another file in a file's place.</summary>
internal static class Ownership
{
    private const int WritableByOthers = 0x12; // S_IWGRP | S_IWOTH; with an ACL, the group's bits are its mask.
    private const int MaxLinks = 40; // MAXSYMLINKS in linux/namei.h.

    /// <summary>Goes the way to a file as the kernel does, every symbolic link on it, and says who else could change it; null for nobody.</summary>
    /// <param name="path">An absolute path to something that exists.</param>
    public static string? Fault(string path)
    {
        var ahead = new Stack<string>();
        Push(ahead, path);
        var (here, links) = ("/", 0);
        if (FaultOf(here, isFile: false) is { } rootFault)
        {
            return rootFault;
        }

        while (ahead.TryPop(out var part))
        {
            if (part is "." or "..")
            {
                here = part == "." ? here : Path.GetDirectoryName(here) ?? "/";
                continue;
            }

            var next = Path.Combine(here, part);
            if (new FileInfo(next).LinkTarget is { } target)
            {
                if (++links > MaxLinks)
                {
                    return "cannot be read: too many symbolic links";
                }

                Push(ahead, target);
                here = target.StartsWith('/') ? "/" : here;
                continue;
            }

            here = next;
            if (FaultOf(here, isFile: ahead.Count == 0) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static void Push(Stack<string> ahead, string path)
    {
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            ahead.Push(part);
        }
    }

    private static string? FaultOf(string path, bool isFile)
    {
        if (Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var status) != 0)
        {
            return $"the owner of {path} cannot be found out: {Marshal.GetLastPInvokeErrorMessage()}";
        }

        // No chmod or chown for a directory: it may be /tmp or somebody's home.
        return status switch
        {
            { Uid: not 0 } => string.Create(
                CultureInfo.InvariantCulture,
                $"is refused: {path} belongs to uid {status.Uid}, who could change the firewall through it ({Advice($"chown root {path}")})"),
            _ when (status.Mode & WritableByOthers) != 0 =>
                $"is refused: {path} can be written by others than root (mode {Convert.ToString(status.Mode & 0xFFF, 8)}), "
                    + $"who could change the firewall through it ({Advice($"chmod go-w {path}")})",
            _ => null,
        };

        string Advice(string command) => isFile ? command : "keep the configuration where only root can write, as in /etc/netguard";
    }
}
