using System.Net;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>What netguard(8) says of firewalld beside Docker: a packet has to pass the tables of both, and what one of them refuses is refused.</summary>
public class FirewalldTests
{
    [Fact]
    public async Task BridgesThatFirewalldDoesNotKnowAreRefusedByItsOwnTablesWhateverOthersAllow()
    {
        await using var guarded = await GuardedDocker.Create("""
            icc: deny
            links: [{ from: app, to: web, ports: [80] }]
            heal: on
            """);
        await guarded.Guard();
        var (web, app) = (await guarded.Bed.Run("web", [80, 81], "--publish", "8080:80"), await guarded.Bed.Run("app"));
        await using var outside = guarded.Bed.OutsideNetns.Start("busybox", ["httpd", "-f", "-p", "8080", "-h", "/"]);
        var away = new IPEndPoint(IPAddress.Parse("8.8.8.8"), 8080);
        await app.Caller.Reaches(away);
        await app.Caller.Reaches(web.At(80));

        await using var firewalld = await Firewalld.Start(guarded.Host);
        // Published ports are translated, and firewalld lets those pass.
        await guarded.Bed.Stranger().Reaches(DockerBed.Published(8080));
        await app.Caller.IsKeptFrom(away);
        await app.Caller.IsKeptFrom(web.At(80));

        await firewalld.Add("trusted", "docker0");
        await app.Caller.Reaches(away);
        await app.Caller.Reaches(web.At(80));
        await app.Caller.IsKeptFrom(web.At(81));
    }
}
