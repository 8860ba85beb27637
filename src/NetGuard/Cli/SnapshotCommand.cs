using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.Export;
using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Docker;
using NetGuard.Xtables;

namespace NetGuard.Cli;

/// <summary><c>netguard snapshot</c>: what is there now, as a configuration that keeps it so.</summary>
internal static class SnapshotCommand
{
    public static async Task<int> RunAsync(bool all, bool json, CancellationToken cancel)
    {
        Session.RequireNetAdmin("snapshot");
        var session = new Session();
        var choice = await BackendChoice.MakeAsync(session.Launcher, null, cancel, InstanceLock.DaemonsNote?.Backend).ConfigureAwait(false);
        var xtables = NftXtables.Of(choice, null);
        var rulesets = new List<Ruleset>();
        foreach (var family in Enum.GetValues<Family>().Where(f => f == Family.Ipv4 || Directory.Exists("/proc/sys/net/ipv6")))
        {
            rulesets.Add(await xtables.ReadAsync(family, cancel).ConfigureAwait(false));
        }

        var sysctls = (Dictionary<SysctlKey, string>)[];
        foreach (var key in new[] { SysctlKey.Ipv4Forwarding, SysctlKey.Ipv6Forwarding })
        {
            if (session.Sysctls.Read(key).Value is { } value)
            {
                sysctls[key] = value;
            }
        }

        var scope = SnapshotScope.Of(rulesets, all);
        if (json)
        {
            JsonShapes.Write(Shape(choice.Backend, scope, sysctls), JsonShapes.Printed.SnapshotJson);
        }
        else
        {
            Console.Write(SnapshotYaml.Write(choice.Backend, scope, sysctls));
            if (await AskDockerAsync(cancel).ConfigureAwait(false) is { } topology)
            {
                Console.Write(DockerYaml.Write(topology, [.. HostInterfaces.Read(topology).Select(i => i.Name)]));
            }
        }

        if (choice.Warning is { } warning)
        {
            Console.Error.WriteLine($"netguard: {warning}");
        }

        return ExitCode.Ok;
    }

    // Where there is no Docker, or it may not be asked, there is nothing to propose.
    private static async Task<Topology?> AskDockerAsync(CancellationToken cancel)
    {
        var host = Environment.GetEnvironmentVariable("DOCKER_HOST") is { } named && named.StartsWith("unix://", StringComparison.Ordinal) ? named["unix://".Length..] : DockerConfig.DefaultSocket;
        if (SocketActivation.WouldStartDocker(host))
        {
            return null;
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(TopologyWatch.AnswerLimit);
            return await new Engine(host).ReadAsync(limit.Token).ConfigureAwait(false);
        }
        catch (EngineException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static SnapshotJson Shape(Backend backend, SnapshotScope scope, Dictionary<SysctlKey, string> sysctls) => new(
        backend.Name(),
        [
            .. from chain in scope.Chains
               from family in chain.Families
               select new SnapshotChainJson(
                   family.Family.Name(), chain.Key.Table.Value, chain.Key.Chain.Value, family.Chain.Policy?.Name(),
                   [.. family.Chain.Rules.Select(rule => new SnapshotRuleJson(rule.Body, rule.Owner))]),
        ],
        sysctls.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value));
}
