using System.Net.NetworkInformation;
using System.Net.Sockets;
using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Docker;

/// <summary>The host's interfaces at which somebody from outside may come.</summary>
public static class HostInterfaces
{
    /// <summary>Whether there is one of this name now, or may be any that a name with '+' stands for. What cannot be told counts as there.</summary>
    public static bool IsThere(string name)
    {
        try
        {
            return name.EndsWith('+') || NetworkInterface.GetAllNetworkInterfaces().Any(one => one.Name == name);
        }
        catch (NetworkInformationException)
        {
            return true;
        }
    }

    /// <summary>Those that are up and have an address; neither the loopback nor Docker's own bridges, nor what leads into a container.</summary>
    public static IReadOnlyList<HostInterface> Read(Topology topology)
    {
        try
        {
            return
            [
                .. from one in NetworkInterface.GetAllNetworkInterfaces()
                   where one.NetworkInterfaceType != NetworkInterfaceType.Loopback && one.OperationalStatus != OperationalStatus.Down
                   where !topology.Networks.Any(network => network.Bridge == one.Name)
                   let addresses = one.GetIPProperties().UnicastAddresses.Select(a => a.Address).Where(a => a.AddressFamily == AddressFamily.InterNetwork || !a.IsIPv6LinkLocal)
                       .Select(a => a.ToString()).ToValueList()
                   where addresses.Count > 0
                   select new HostInterface(one.Name, addresses),
            ];
        }
        catch (NetworkInformationException)
        {
            return []; // Nothing is listed then; nothing is opened by it either.
        }
    }
}
