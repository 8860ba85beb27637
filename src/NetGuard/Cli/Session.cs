using NetGuard.ConfigFiles;
using NetGuard.Core.Config;
using NetGuard.Core.Snapshot;
using NetGuard.Daemon;
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
    public Reconciler Reconciler(Preparation preparation) => new(preparation.Choice.Xtables, Settings, TimeProvider.System);

    /// <summary>Refuses early and clearly where the kernel would refuse late and oddly.</summary>
    /// <exception cref="CommandFailure">The capability is missing.</exception>
    public static void RequireNetAdmin(string command)
    {
        if (!Capabilities.Has(Capabilities.NetAdmin))
        {
            throw new CommandFailure($"netguard {command} reads and changes the firewall, which takes CAP_NET_ADMIN: run it as root (sudo netguard {command})");
        }
    }

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="CommandFailure">It has mistakes; all are told.</exception>
    public static GuardConfig Load(string path)
    {
        var (config, mistakes) = ConfigDirectory.Load(path);
        return config ?? throw new CommandFailure([.. mistakes.Select(mistake => mistake.ToString())]);
    }

    /// <summary>Reads the configuration and has the kernel judge its rules.</summary>
    /// <exception cref="CommandFailure">It has mistakes; all are told.</exception>
    public async Task<Preparation> PrepareAsync(string path, CancellationToken cancel)
    {
        var preparation = await Preparation.MakeAsync(Launcher, Load(path), cancel).ConfigureAwait(false);
        return preparation.Mistakes.Count == 0
            ? preparation
            : throw new CommandFailure([.. preparation.Mistakes.Select(mistake => mistake.ToString())]);
    }

    private static SysctlFileSet ReadSysctlFiles() => new SysctlDirectories().Read();
}
