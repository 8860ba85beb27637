using NetGuard.Core.Netlink;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Netlink;

public class GenerationQueryTests
{
    [Fact]
    public async Task ReadingLeavesTheGenerationAndWritingCountsItUp()
    {
        await using var netns = await Netns.Create();
        using var query = await netns.Inside(GenerationQuery.Open);
        var before = query.Read();
        Assert.NotNull(before);
        await netns.Save(Backend.Nft, Family.Ipv4);
        Assert.Equal(before, query.Read());
        await netns.Iptables(Backend.Nft, Family.Ipv4, "-N", "ONE");
        Assert.True(query.Read() > before);
    }

    [Fact]
    public async Task ABufferThatIsFullIsToldFromOtherErrors()
    {
        await using var netns = await Netns.Create();
        using var listener = await netns.Inside(() =>
        {
            var opened = new NetlinkListener(Nlmsg.Netfilter, [Nfnetlink.NftablesGroup], bufferBytes: 1);
            opened.Open();
            return opened;
        });
        var many = string.Concat(Enumerable.Range(0, 500).Select(i => $"-A INPUT -s 10.0.{i >> 8}.{i & 255} -j DROP\n"));
        await netns.Restore(Backend.Nft, Family.Ipv4, $"*filter\n{many}COMMIT\n");
        var error = Assert.Throws<NetlinkException>(() =>
        {
            while (listener.Receive().Length > 0)
            {
            }
        });
        Assert.True(error.IsOverflow);

        // Opened anew it hears again.
        await netns.Inside(() =>
        {
            listener.Open();
            return true;
        });
        await netns.Iptables(Backend.Nft, Family.Ipv4, "-N", "ONE");
        Assert.True(listener.Receive().Length > 0);
    }

    [Fact]
    public async Task ADatagramThatIsLongerThanTheBufferIsALossAndTheNextIsHeard()
    {
        await using var netns = await Netns.Create();
        using var listener = await netns.Inside(() =>
        {
            var opened = new NetlinkListener(Nlmsg.Netfilter, [Nfnetlink.NftablesGroup], bufferBytes: 1 << 20, datagramBytes: 64);
            opened.Open();
            return opened;
        });
        await netns.Iptables(Backend.Nft, Family.Ipv4, "-N", "ONE");
        var error = Assert.Throws<NetlinkException>(() =>
        {
            while (listener.Receive().Length > 0)
            {
            }
        });
        Assert.False(error.IsOverflow);
        Assert.Contains("longer than the buffer", error.Message, StringComparison.Ordinal);
        await netns.Inside(() =>
        {
            listener.Open();
            return true;
        });
        Assert.Equal(0, listener.Receive().Length); // Nothing is left of it.
    }

    [Fact]
    public async Task AskingAChainThatIsNotThereSaysSo()
    {
        await using var netns = await Netns.Create();
        using var socket = await netns.Inside(() => NetlinkSocket.Open(Nlmsg.Netfilter));
        var writer = new NetlinkWriter();
        writer.NetfilterMessage(NfTables.MessageType(NfTables.GetChain), Nlmsg.Request | Nlmsg.Acknowledge, 1, Nfnetlink.Ipv4);
        writer.Text(NfTables.ChainTable, "filter");
        writer.Text(NfTables.ChainName, "NOSUCH");
        var error = Assert.Throws<NetlinkException>(() => socket.Exchange(writer.Written, (in NetlinkMessage _) => { }));
        Assert.True(error.IsAbsent);
    }
}
