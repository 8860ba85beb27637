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
        Tracked(writer, [10, 0, 0, 1], [10, 0, 0, 2]);
        return writer.Written.ToArray();
    }

    public static void Tracked(NetlinkWriter writer, byte[] source, byte[] destination)
    {
        writer.NetfilterMessage(Ctnetlink.MessageType(Ctnetlink.New), 0, 0, source.Length == 4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6);
        Tuple(Ctnetlink.Original, source, destination);
        Tuple(Ctnetlink.Reply, destination, source);
        writer.BigEndian(Ctnetlink.Status, 0x18eu);
        writer.BigEndian(Ctnetlink.Id, 4711u);

        void Tuple(ushort which, byte[] from, byte[] to)
        {
            var tuple = writer.BeginNested(which);
            var ip = writer.BeginNested(Ctnetlink.TupleIp);
            writer.Attribute(from.Length == 4 ? Ctnetlink.Ipv4Source : Ctnetlink.Ipv6Source, from);
            writer.Attribute(from.Length == 4 ? Ctnetlink.Ipv4Destination : Ctnetlink.Ipv6Destination, to);
            writer.EndNested(ip);
            var protocol = writer.BeginNested(Ctnetlink.TupleProtocol);
            writer.Attribute(Ctnetlink.ProtocolNumber, [6]);
            writer.Attribute(Ctnetlink.SourcePort, [0x9c, 0x40]);
            writer.Attribute(Ctnetlink.DestinationPort, [0, 80]);
            writer.EndNested(protocol);
            writer.EndNested(tuple);
        }
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
