using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>A configuration made ready for this host: the backend found, the rules in the kernel's form.</summary>
/// <param name="Config">What was declared.</param>
/// <param name="Choice">The variant of iptables, and its tables.</param>
/// <param name="Canonical">The kernel's answer for each family.</param>
/// <param name="Mistakes">The rules that the kernel does not take. While there is one, nothing of the configuration is applied.</param>
/// <param name="Warnings">What the administrator should know and can live with.</param>
/// <param name="Topology">What Docker has made, as far as it is known.</param>
public sealed record Preparation(
    GuardConfig Config, BackendChoice Choice, ValueList<CanonicalRules> Canonical, ValueList<ConfigMistake> Mistakes, ValueList<string> Warnings, Topology Topology)
{
    /// <summary>What should hold.</summary>
    public DesiredState Desired { get; } = DesiredState.From(Config, Canonical, Topology);

    /// <summary>The same for other containers. Takes no process: the kernel was asked about every shape of rule that they may need.</summary>
    public Preparation For(Topology topology) => new(Config, Choice, Canonical, Mistakes, Warnings, topology);

    /// <summary>Where Docker itself means something else than was declared.</summary>
    public IEnumerable<string> DockerWarnings() => Config.Docker is { } docker ? IccDisagreement.Of(docker, Topology) : [];

    /// <summary>Has the kernel judge the rules. Changes nothing.</summary>
    /// <param name="launcher">Starts the tools.</param>
    /// <param name="config">What was declared.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="guarded">The variant that a running daemon guards, where nothing else is declared; null where none runs.</param>
    /// <exception cref="XtablesException">The rules cannot be tried at all.</exception>
    public static async Task<Preparation> MakeAsync(Launcher launcher, GuardConfig config, CancellationToken cancel, Backend? guarded = null)
    {
        var choice = await BackendChoice.MakeAsync(launcher, config.Backend, cancel, guarded).ConfigureAwait(false);
        return await MakeAsync(choice, config, cancel).ConfigureAwait(false);
    }

    /// <summary>Has the kernel judge the rules, with a backend that is known.</summary>
    /// <exception cref="XtablesException">The rules cannot be tried at all.</exception>
    public static async Task<Preparation> MakeAsync(BackendChoice choice, GuardConfig config, CancellationToken cancel)
    {
        var warnings = choice.Warning is { } warning ? new List<string> { warning } : [];
        var families = config.Families.ToList();
        if (families.Contains(Family.Ipv6) && !Directory.Exists("/proc/sys/net/ipv6"))
        {
            warnings.Add("this kernel runs without IPv6: what is declared for it is left out");
            families.Remove(Family.Ipv6);
        }

        // No mistake: a firewall is not left open because node_exporter was uninstalled.
        if (config.Metrics is { } metrics && !Directory.Exists(Path.GetDirectoryName(metrics.Textfile)))
        {
            warnings.Add($"{metrics.At}: the folder {Path.GetDirectoryName(metrics.Textfile)} does not exist: no metrics are written until it does");
        }

        var canonical = await Task.WhenAll(families.Select(family =>
            choice.Xtables.CanonicalizeAsync(family, [.. RuleDraft.For(config, family)], cancel))).ConfigureAwait(false);
        ValueList<ConfigMistake> mistakes = [.. JumpMistakes.Of(config), .. DesiredState.Mistakes(config, canonical)];
        return new(config, choice, [.. canonical], [.. mistakes.DistinctBy(m => m.At)], [.. warnings], Topology.Assumed);
    }
}
