using System.Globalization;
using NetGuard.ConfigFiles;
using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Xtables;

namespace NetGuard.Cli;

/// <summary><c>netguard clear</c>: takes away all that NetGuard owns, whatever the configuration says and even if it is broken.</summary>
internal static class ClearCommand
{
    public static async Task<int> RunAsync(string path, bool json, CancellationToken cancel)
    {
        Session.RequireNetAdmin("clear");
        if (InstanceLock.Daemon is { } daemon && InstanceLock.DaemonsNote is not { Mode: GuardMode.Audit })
        {
            throw new CommandFailure(string.Create(
                CultureInfo.InvariantCulture,
                $"netguard: a daemon (pid {daemon}) guards this network namespace and would put everything back: stop it first (systemctl stop netguard), then clear"));
        }

        var session = new Session();
        var (config, mistakes) = ConfigDirectory.Load(path);
        if (config is null)
        {
            Console.Error.WriteLine(Terminal.Clean($"netguard: chains that NetGuard made stay, for want of a configuration that names them ({mistakes[0]})"));
        }

        var removed = new List<string>();
        var failures = new List<string>();
        var installed = 0;
        foreach (var backend in Enum.GetValues<Backend>())
        {
            // Rules may have been left in the other variant. Looking into legacy tables that are not there would make them.
            if (await XtablesTools.FindAsync(session.Launcher, backend, cancel).ConfigureAwait(false) is not { } tools)
            {
                continue;
            }

            installed++;
            if (backend == Backend.Legacy && !LegacyTables.Exist)
            {
                continue;
            }

            foreach (var family in Enum.GetValues<Family>())
            {
                try
                {
                    var done = await Clearing.RunAsync(new XtablesEdge(session.Launcher, tools), [family], OwnChains(config), cancel).ConfigureAwait(false);
                    removed.AddRange(done.SelectMany(plan => plan.Commands(XtablesTools.Variant(backend))));
                }
                catch (XtablesException e)
                {
                    failures.Add(e.Message);
                }
            }
        }

        Print(json, removed, failures, installed);
        return failures.Count == 0 && installed > 0 ? ExitCode.Ok : ExitCode.Error;
    }

    // Chains bear no tag. What the configuration names, Docker does not make and nobody else uses was made by NetGuard.
    private static HashSet<ChainKey> OwnChains(GuardConfig? config) =>
        [ChainKey.NetGuardForward, ChainKey.NetGuardInput, .. config?.Chains.Select(chain => chain.Key).Where(key => !key.IsBuiltin && !key.Chain.IsDockerMade && key != ChainKey.DockerUser) ?? []];

    private static void Print(bool json, List<string> removed, List<string> failures, int installed)
    {
        foreach (var failure in installed == 0 ? [XtablesTools.NotInstalled("iptables").Message] : failures)
        {
            Console.Error.WriteLine($"netguard: {Terminal.Clean(failure)}");
        }

        if (json)
        {
            JsonShapes.Write(new ClearJson([.. removed]), JsonShapes.Printed.ClearJson);
            return;
        }

        foreach (var line in removed)
        {
            Console.WriteLine(Terminal.Clean(line));
        }

        if (failures.Count == 0 && installed > 0)
        {
            Console.WriteLine(removed.Count == 0
                ? "nothing of NetGuard's is there"
                : string.Create(CultureInfo.InvariantCulture, $"{removed.Count} removed; policies and settings stay as they are"));
        }
    }
}
