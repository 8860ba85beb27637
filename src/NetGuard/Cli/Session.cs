using NetGuard.ConfigFiles;
using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Docker;
using NetGuard.Processes;
using NetGuard.Sysctl;

namespace NetGuard.Cli;

/// <summary>What the commands have in common: where they read, write and start programs.</summary>
internal sealed class Session
{
    /// <summary>Starts the tools.</summary>
    public Launcher Launcher { get; } = new(TimeProvider.System);

    /// <summary>The kernel settings.</summary>
    public ProcSys Sysctls { get; } = new();

    /// <summary>The check and repair of the kernel settings.</summary>
    public SysctlGuard Settings => new(Sysctls, ReadSysctlFiles);

    /// <summary>Comparing and repairing, for a configuration that has been prepared.</summary>
    public Reconciler Reconciler(Preparation preparation) => new(NftXtables.Of(preparation), Settings, TimeProvider.System);

    /// <summary>Refuses early and clearly where the kernel would refuse late and oddly.</summary>
    /// <exception cref="CommandFailure">The capability is missing.</exception>
    public static void RequireNetAdmin(string command)
    {
        if (!Capabilities.Has(Capabilities.NetAdmin))
        {
            throw new CommandFailure($"netguard {command} reads and changes the firewall, which takes CAP_NET_ADMIN: run it as root (sudo netguard {command})");
        }
    }

    /// <summary>Reads the configuration and has the kernel judge its rules.</summary>
    /// <exception cref="CommandFailure">It has mistakes; all are told.</exception>
    public async Task<Preparation> PrepareAsync(string path, CancellationToken cancel)
    {
        var (preparation, mistakes) = await JudgeAsync(path, cancel).ConfigureAwait(false);
        return preparation is not null && mistakes.Count == 0
            ? preparation
            : throw new CommandFailure([.. mistakes.Select(mistake => mistake.ToString())]) { IsOfTheConfiguration = true };
    }

    /// <summary>The same, for the containers that run now, where the configuration speaks of any.</summary>
    /// <exception cref="CommandFailure">It has mistakes; all are told.</exception>
    public async Task<Preparation> PrepareForContainersAsync(string path, CancellationToken cancel)
    {
        var preparation = await PrepareAsync(path, cancel).ConfigureAwait(false);
        if (preparation.Config.Docker is not { } docker)
        {
            return preparation;
        }

        try
        {
            if (SocketActivation.WouldStartDocker(docker.Socket))
            {
                throw new EngineException("Docker is stopped");
            }

            var engine = new Engine(docker.Socket);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(TopologyWatch.AnswerLimit);
            return preparation.For(await engine.ReadAsync(limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Without(preparation, $"{docker.Socket}: no answer within {TopologyWatch.AnswerLimit.TotalSeconds:0} s");
        }
        catch (EngineException e)
        {
            return Without(preparation, e.Message);
        }

        static Preparation Without(Preparation preparation, string reason)
        {
            var kept = new TopologyFile(DockerTriggers.KeptAt).Read(preparation.Config.Docker!.Socket);
            var what = kept is null ? "nothing is known of its containers and networks" : "taking its containers and networks as the daemon knew them last";
            return (kept is null ? preparation : preparation.For(kept)) with { Warnings = [.. preparation.Warnings, $"Docker does not answer ({reason}): {what}"] };
        }
    }

    /// <summary>Reads the configuration and finds all that is wrong with it, in its text and in the kernel's eyes.</summary>
    /// <returns>The configuration made ready, to be applied only where there are no mistakes; null where no rule could be judged.</returns>
    public async Task<(Preparation? Preparation, ValueList<ConfigMistake> Mistakes)> JudgeAsync(string path, CancellationToken cancel)
    {
        var read = ConfigDirectory.Load(path);
        if (read.Readable is not { } readable || (read.Config is null && readable.Chains.All(chain => chain.Rules.Count == 0)))
        {
            return (null, read.Mistakes);
        }

        try
        {
            var preparation = await Preparation.MakeAsync(Launcher, readable, cancel, InstanceLock.DaemonsNote?.Backend).ConfigureAwait(false);
            return (preparation, InOrder([.. read.Mistakes, .. preparation.Mistakes]));
        }
        catch (XtablesException) when (read.Config is null)
        {
            // Without the tools too, the mistakes in the text are news enough.
            return (null, read.Mistakes);
        }
    }

    // As a person goes through the files: the main file, then the drop-ins. A rule is judged once, by its text or by the kernel.
    private static ValueList<ConfigMistake> InOrder(ValueList<ConfigMistake> mistakes)
    {
        var files = mistakes.Select(mistake => mistake.At.File).Distinct().Order(StringComparer.Ordinal).OrderBy(IsDropIn).ToList();
        return [.. mistakes.OrderBy(m => files.IndexOf(m.At.File)).ThenBy(m => m.At.Line).ThenBy(m => m.At.Column)];

        static bool IsDropIn(string file) => Path.GetFileName(Path.GetDirectoryName(file)) == "conf.d";
    }

    private static SysctlFileSet ReadSysctlFiles() => new SysctlDirectories().Read();
}
