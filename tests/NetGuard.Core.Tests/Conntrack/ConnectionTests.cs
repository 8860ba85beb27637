using NetGuard.Core.Conntrack;
using NetGuard.Core.Netlink;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Netlink;
using Xunit;

namespace NetGuard.Core.Tests.Conntrack;

public class ConnectionTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2", "tcp 10.0.0.1:40000 -> 10.0.0.2:80")]
    [InlineData("2001:db8::1", "2001:db8::2", "tcp [2001:db8::1]:40000 -> [2001:db8::2]:80")]
    public void AnEntryIsReadAndWritten(string source, string destination, string text)
    {
        var writer = new NetlinkWriter();
        Datagrams.Tracked(writer, System.Net.IPAddress.Parse(source).GetAddressBytes(), System.Net.IPAddress.Parse(destination).GetAddressBytes());
        var rest = writer.Written;
        Assert.True(NetlinkMessage.TryRead(ref rest, out var message));
        Assert.True(Connection.TryParse(message, out var connection));
        Assert.Equal(text, connection.ToString());
        Assert.Equal((source.Contains(':', StringComparison.Ordinal) ? Family.Ipv6 : Family.Ipv4, 4711u), (connection.Family, connection.Id));
        Assert.Equal(connection.Original, connection.Translated);
    }
}
