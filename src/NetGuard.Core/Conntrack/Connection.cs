using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using NetGuard.Core.Netlink;
using NetGuard.Core.State;

namespace NetGuard.Core.Conntrack;

/// <summary>An entry of the kernel's connection tracking.</summary>
/// <param name="Family">The family.</param>
/// <param name="Protocol">The protocol's number: IPPROTO_...</param>
/// <param name="Original">The first packet as it came.</param>
/// <param name="Reply">What an answer to it looks like, before the kernel translates it back.</param>
/// <param name="Status">IPS_... bits.</param>
/// <param name="Id">Tells it from an earlier connection with the same addresses.</param>
public readonly record struct Connection(Family Family, byte Protocol, Flow Original, Flow Reply, uint Status, uint Id)
{
    /// <summary>The first packet behind the translation of its destination: as FORWARD and INPUT see it. Its source is translated later.</summary>
    public Flow Translated => (Status & Ctnetlink.IsDestinationTranslated) == 0
        ? Original
        : Original with { Destination = Reply.Source, DestinationPort = Reply.SourcePort };

    /// <summary>Reads an entry of a dump; false where the message is about something else, or broken.</summary>
    public static bool TryParse(in NetlinkMessage message, out Connection connection)
    {
        connection = default;
        if (message.Type != Ctnetlink.MessageType(Ctnetlink.New) || message.Payload.Length < Nfnetlink.HeaderLength
            || message.Payload[0] is not (Nfnetlink.Ipv4 or Nfnetlink.Ipv6))
        {
            return false;
        }

        var family = message.Payload[0] == Nfnetlink.Ipv4 ? Family.Ipv4 : Family.Ipv6;
        var list = message.Attributes(Nfnetlink.HeaderLength);
        if (!NlAttr.TryFind(list, Ctnetlink.Original, out var original) || !TryParse(family, original.Value, out var there, out var protocol)
            || !NlAttr.TryFind(list, Ctnetlink.Reply, out var reply) || !TryParse(family, reply.Value, out var back, out _)
            || !NlAttr.TryFind(list, Ctnetlink.Status, out var bits) || !bits.TryGetBigEndian(out uint status)
            || !NlAttr.TryFind(list, Ctnetlink.Id, out var number) || !number.TryGetBigEndian(out uint id))
        {
            return false;
        }

        connection = new(family, protocol, there, back, status, id);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ProtocolName} {End(Original.Source, Original.SourcePort)} -> {End(Original.Destination, Original.DestinationPort)}");

    private string ProtocolName => Protocol switch { 6 => "tcp", 17 => "udp", 1 => "icmp", 58 => "icmpv6", 132 => "sctp", _ => Protocol.ToString(CultureInfo.InvariantCulture) };

    private string End(UInt128 address, ushort port) =>
        port == 0 ? Flow.Address(Family, address).ToString() : new IPEndPoint(Flow.Address(Family, address), port).ToString();

    private static bool TryParse(Family family, ReadOnlySpan<byte> tuple, out Flow flow, out byte protocol)
    {
        (flow, protocol) = (default, 0);
        var (from, to) = family == Family.Ipv4
            ? (Ctnetlink.Ipv4Source, Ctnetlink.Ipv4Destination)
            : (Ctnetlink.Ipv6Source, Ctnetlink.Ipv6Destination);
        if (!NlAttr.TryFind(tuple, Ctnetlink.TupleIp, out var ip)
            || !NlAttr.TryFind(ip.Value, from, out var source) || !TryReadAddress(family, source.Value, out var sender)
            || !NlAttr.TryFind(ip.Value, to, out var destination) || !TryReadAddress(family, destination.Value, out var receiver)
            || !NlAttr.TryFind(tuple, Ctnetlink.TupleProtocol, out var proto)
            || !NlAttr.TryFind(proto.Value, Ctnetlink.ProtocolNumber, out var number) || number.Value.Length != 1)
        {
            return false;
        }

        protocol = number.Value[0];
        flow = new(sender, receiver, Port(proto.Value, Ctnetlink.SourcePort), Port(proto.Value, Ctnetlink.DestinationPort));
        return true;
    }

    private static bool TryReadAddress(Family family, ReadOnlySpan<byte> bytes, out UInt128 address)
    {
        address = 0;
        if (family == Family.Ipv4)
        {
            var isWhole = bytes.Length == sizeof(uint);
            address = isWhole ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;
            return isWhole;
        }

        return bytes.Length == 16 && BinaryPrimitives.TryReadUInt128BigEndian(bytes, out address);
    }

    private static ushort Port(ReadOnlySpan<byte> proto, ushort which) =>
        NlAttr.TryFind(proto, which, out var port) && port.Value.Length == sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(port.Value) : (ushort)0;
}
