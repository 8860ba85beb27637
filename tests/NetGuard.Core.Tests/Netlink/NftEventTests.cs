using NetGuard.Core.Netlink;
using NetGuard.Core.State;
using NetGuard.Core.Watch;
using Xunit;

namespace NetGuard.Core.Tests.Netlink;

public class NftEventTests
{
    [Fact]
    public void AGenerationBearsItsWriter()
    {
        var writer = new NetlinkWriter();
        Datagrams.Generation(writer, 42, 4711, "iptables-restor");
        Assert.Equal((42u, 4711, "iptables-restor"), Datagrams.First(writer, told => (told.Generation, told.Pid, System.Text.Encoding.ASCII.GetString(told.Name))));
    }

    [Fact]
    public void ARuleBearsTableAndChain()
    {
        var writer = new NetlinkWriter();
        Datagrams.Rule(writer, NfTables.DeleteRule, Nfnetlink.Ipv6, "filter", "DOCKER-USER");
        Assert.True(Datagrams.First(writer, told => told.Table.SequenceEqual("filter"u8) && told.Chain.SequenceEqual("DOCKER-USER"u8) && told.Family == Nfnetlink.Ipv6));
    }

    [Fact]
    public void ATransactionNamesEachChainOnce()
    {
        var transaction = new NftTransaction();
        ReadOnlySpan<byte> rest = Datagrams.OfEverything();
        while (NetlinkMessage.TryRead(ref rest, out var message))
        {
            if (NftEvent.TryParse(message, out var change))
            {
                transaction.Add(change, WatchScope.Everything);
            }
        }

        Assert.Equal(2, transaction.Touches.Count);
        Assert.Contains(transaction.Touches, t => t.Family == Family.Ipv4 && t.How == (TouchKinds.RuleAdded | TouchKinds.ChainSet | TouchKinds.Table));
        transaction.Clear();
        Assert.False(transaction.Concerns);
    }

    [Fact]
    public void NetconfTellsTheFamilyAndTheInterface()
    {
        var writer = new NetlinkWriter();
        writer.Message(80, 0, 0);
        writer.Raw([10, 0, 0, 0]);
        writer.Attribute(1, [254, 255, 255, 255]);
        var rest = writer.Written;
        Assert.True(NetlinkMessage.TryRead(ref rest, out var message));
        Assert.True(NetconfEvent.TryParse(message, out var change));
        Assert.Equal(new(Family.Ipv6, -2), change);
    }
}
