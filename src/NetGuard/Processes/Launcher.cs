using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace NetGuard.Processes;

/// <summary>The one door through which NetGuard starts programs.</summary>
/// <param name="time">Measures time-outs.</param>
/// <param name="prefix">What each program is started with, such as <c>nsenter --net=... --</c>; empty on a host.</param>
public sealed class Launcher(TimeProvider time, params IReadOnlyList<string> prefix)
{
    private static readonly string[] Directories =
        ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/run/current-system/sw/bin"];

    // Some 300,000 rules.
    private const int MaxOutput = 32 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private long _started;

    /// <summary>How many programs have been started so far.</summary>
    public long Started => Interlocked.Read(ref _started);

    /// <summary>Those that were started lately.</summary>
    public OwnProcesses Own { get; } = new(time);

    /// <summary>
    /// Finds a program in the system's own directories, not by PATH: a program that runs with NetGuard's rights is the system's.
    /// </summary>
    /// <returns>The absolute path, or null.</returns>
    public static string? Find(string program) =>
        Directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(IsThere);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="CommandException">It cannot be started, or does not end in time; then it is killed.</exception>
    public async Task<CommandResult> RunAsync(Command command, CancellationToken cancel)
    {
        using var process = Start(command);
        using var timeout = new CancellationTokenSource(command.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        try
        {
            var output = ReadAsync(process.StandardOutput, command, either.Token);
            var error = ReadAsync(process.StandardError, command, either.Token);
            var written = WriteAsync(process, command.Input, either.Token);
            var result = (await output.ConfigureAwait(false), await error.ConfigureAwait(false));
            await written.ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            return new(process.ExitCode, result.Item1, result.Item2);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CommandException($"{command.Name} did not end within {command.Timeout.TotalSeconds:0} s and was killed");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Starts a program that lives until its standard input is closed or it is killed.</summary>
    /// <exception cref="CommandException">It cannot be started.</exception>
    internal Process Start(Command command)
    {
        string[] all = [.. prefix, command.Path, .. command.Arguments];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            Interlocked.Increment(ref _started); // Families are read at the same time.
#pragma warning disable RS0030 // This is the place.
            var process = Process.Start(start) ?? throw new CommandException($"{command.Name} did not start");
#pragma warning restore RS0030
            Own.Add(process.Id);
            return process;
        }
        catch (Win32Exception e)
        {
            throw new CommandException($"{command.Path} cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Ends a program that may still run, and lets go of it.</summary>
    /// <param name="process">The program.</param>
    /// <param name="children">Whether to end what it has started, too. To find that, all of /proc is read, twice.</param>
    internal static void End(Process process, bool children = true)
    {
        Kill(process, children);

        // Process leaves streams that somebody has used open until the collector comes by: hundreds of descriptors after a busy minute.
        process.StandardOutput.Dispose();
        process.StandardError.Dispose();
        try
        {
            process.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // What it had not read is lost with it.
        }

        process.Dispose();
    }

    private static void Kill(Process process, bool children)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: children);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in this moment.
        }
    }

    // /usr/sbin/iptables is a link to /etc/alternatives, which may lead to a variant that was removed.
    private static bool IsThere(string path)
    {
        try
        {
            return File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is null or { Exists: true };
        }
        catch (IOException)
        {
            return false; // Links in a circle.
        }
    }

    // A tool that has lost its way may print for ever.
    private static async Task<string> ReadAsync(StreamReader from, Command command, CancellationToken cancel)
    {
        var text = new StringBuilder();
        var buffer = ArrayPool<char>.Shared.Rent(16 * 1024);
        try
        {
            while (await from.ReadAsync(buffer, cancel).ConfigureAwait(false) is > 0 and var read)
            {
                if (text.Length + read > MaxOutput)
                {
                    throw new CommandException($"{command.Name} printed more than {MaxOutput >> 20} MB and was killed");
                }

                text.Append(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }

        return text.ToString();
    }

    private static async Task WriteAsync(Process process, string? input, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancel).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all; its exit code and words tell why.
        }
    }
}
