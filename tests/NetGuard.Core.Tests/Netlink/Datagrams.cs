using System.Text;
using NetGuard.Core.Netlink;

namespace NetGuard.Core.Tests.Netlink;

/// <summary>Datagrams as the kernel sends them.</summary>
internal static class Datagrams
{
    public static byte[] OfEverything()
    {
        var writer = new NetlinkWriter(16);
        Rule(writer, NfTables.NewRule, Nfnetlink.Ipv4, "filter", "DOCKER-USER");
        Rule(writer, NfTables.DeleteRule, Nfnetlink.Ipv6, "filter", "FORWARD");
        Chain(writer, NfTables.NewChain, Nfnetlink.Ipv4, "filter", "FORWARD");
        Table(writer, NfTables.DeleteTable, Nfnetlink.Ipv4, "filter");
        Generation(writer, 7, 4711, "iptables");
        writer.Message(80, 0, 0);
        writer.Raw([2, 0, 0, 0]);
        writer.Attribute(1, [255, 255, 255, 255]);
        return writer.Written.ToArray();
    }

    public static void Rule(NetlinkWriter writer, byte kind, byte family, string table, string chain)
    {
        writer.NetfilterMessage(NfTables.MessageType(kind), 0, 0, family);
        writer.Text(NfTables.RuleTable, table);
        writer.Text(NfTables.RuleChain, chain);
        writer.BigEndian(NfTables.RuleHandle, 12UL);
        var list = writer.BeginNested(NfTables.RuleExpressions);
        var element = writer.BeginNested(NfTables.ListElement);
        writer.Text(NfTables.ExpressionName, "counter");
        writer.EndNested(element);
        writer.EndNested(list);
    }

    public static void Chain(NetlinkWriter writer, byte kind, byte family, string table, string chain)
    {
        writer.NetfilterMessage(NfTables.MessageType(kind), 0, 0, family);
        writer.Text(NfTables.ChainTable, table);
        writer.BigEndian(NfTables.ChainHandle, 1UL);
        writer.Text(NfTables.ChainName, chain);
    }

    public static void Table(NetlinkWriter writer, byte kind, byte family, string table)
    {
        writer.NetfilterMessage(NfTables.MessageType(kind), 0, 0, family);
        writer.Text(NfTables.TableName, table);
    }

    public static void Generation(NetlinkWriter writer, uint generation, uint pid, string name)
    {
        writer.NetfilterMessage(NfTables.MessageType(NfTables.NewGeneration), 0, 0, Nfnetlink.Unspecified);
        writer.BigEndian(NfTables.GenerationId, generation);
        writer.BigEndian(NfTables.GenerationPid, pid);
        writer.Attribute(NfTables.GenerationName, Encoding.ASCII.GetBytes(name + '\0'));
    }

    /// <summary>Reads the first message.</summary>
    public static T First<T>(NetlinkWriter writer, Func<NftEvent, T> read)
    {
        var rest = writer.Written;
        return NetlinkMessage.TryRead(ref rest, out var message) && NftEvent.TryParse(message, out var change)
            ? read(change)
            : throw new InvalidOperationException("not a message of nf_tables");
    }
}
