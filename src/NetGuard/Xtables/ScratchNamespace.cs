using System.Diagnostics;
using System.Globalization;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>
/// A network namespace of NetGuard's own, empty and without interfaces, in which rules can be tried without touching anything. It lives
/// as long as a <c>cat</c> that waits in it, which ends with this object, or with NetGuard, whose pipe then closes.
/// </summary>
public sealed class ScratchNamespace : IScratch
{
    /// <summary>What the tools have in their environment there.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        // The legacy tools lock a file. Each process has this one to itself, so the host's lock is left alone.
        ["XTABLES_LOCKFILE"] = "/proc/self/comm",
    };

    private readonly Launcher _launcher;
    private readonly Process _holder;
    private readonly bool _user;

    private ScratchNamespace(Launcher launcher, Process holder, bool user) => (_launcher, _holder, _user) = (launcher, holder, user);

    /// <summary>Opens one. With CAP_SYS_ADMIN it is a network namespace alone, else one in a user namespace of its own.</summary>
    /// <exception cref="CommandException">The host refuses; the message has its words.</exception>
    public static async Task<ScratchNamespace> OpenAsync(Launcher launcher, CancellationToken cancel)
    {
        // A user namespace maps one uid only: rules that match others' (-m owner) can be tried only without one.
        var user = !Capabilities.Has(Capabilities.SysAdmin);
        string[] arguments = user ? ["--user", "--map-root-user", "--net", "--", "cat"] : ["--net", "--", "cat"];
        var holder = launcher.Start(new(Require("unshare"), arguments));
        var scratch = new ScratchNamespace(launcher, holder, user);
        try
        {
            // What cat gives back proves that the namespace is there.
            await holder.StandardInput.WriteAsync("ready\n".AsMemory(), cancel).ConfigureAwait(false);
            await holder.StandardInput.FlushAsync(cancel).ConfigureAwait(false);
            if (await holder.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false) == "ready")
            {
                return scratch;
            }

            throw new IOException("unshare ended");
        }
        catch (IOException e)
        {
            var words = (await holder.StandardError.ReadToEndAsync(cancel).ConfigureAwait(false)).Trim();
            scratch.Dispose();
            throw new CommandException($"no scratch namespace to try the rules in: {(words.Length > 0 ? words : e.Message)}", e);
        }
        catch
        {
            scratch.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<CommandResult> RunAsync(Command command, CancellationToken cancel)
    {
        string[] enter = ["--target", _holder.Id.ToString(CultureInfo.InvariantCulture), "--net"];
        string[] user = _user ? ["--user", "--preserve-credentials"] : [];
        return _launcher.RunAsync(
            command with { Path = Require("nsenter"), Arguments = [.. enter, .. user, "--", command.Path, .. command.Arguments], Environment = Environment },
            cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => Launcher.End(_holder, children: false); // unshare has become the cat.

    private static string Require(string program) => Launcher.Find(program)
        ?? throw new CommandException($"{program} is not installed: install the package util-linux");
}
