using System.Net;
using NetGuard.Core.State;

namespace NetGuard.Core.Conntrack;

/// <summary>Where packets of one direction come from and go to. An IPv4 address is in the lower 32 bits.</summary>
/// <param name="Source">The source address.</param>
/// <param name="Destination">The destination address.</param>
/// <param name="SourcePort">The source port; 0 where the protocol has none.</param>
/// <param name="DestinationPort">The destination port; 0 where the protocol has none.</param>
public readonly record struct Flow(UInt128 Source, UInt128 Destination, ushort SourcePort, ushort DestinationPort)
{
    /// <summary>An address as it is written.</summary>
    public static IPAddress Address(Family family, UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new(family == Family.Ipv4 ? bytes[12..] : bytes);
    }

    /// <summary>A written address as a number.</summary>
    public static UInt128 Number(IPAddress address)
    {
        UInt128 number = 0;
        foreach (var part in address.GetAddressBytes())
        {
            number = number << 8 | part;
        }

        return number;
    }
}
