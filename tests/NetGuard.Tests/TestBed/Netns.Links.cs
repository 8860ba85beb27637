namespace NetGuard.Tests.TestBed;

/// <summary>Interfaces, addresses and routes.</summary>
public sealed partial class Netns
{
    /// <summary>Runs lines of <c>ip</c>, as one batch: <c>Ip("link add br0 type bridge", "link set br0 up")</c>.</summary>
    public Task Ip(params IEnumerable<string> lines) => Output("ip", ["-batch", "-"], string.Join('\n', lines) + "\n");

    /// <summary>
    /// Adds a bridge that is up. Without ports it stands in for any interface that a rule or a setting names: not every
    /// kernel has the type dummy.
    /// </summary>
    public Task AddBridge(string name, params IEnumerable<string> addresses) =>
        Ip([$"link add {name} type bridge", .. Raise(name, addresses)]);

    /// <summary>Adds a cable between two namespaces; its ends are down and have no address.</summary>
    public Task AddVeth(string name, Netns other, string otherName) =>
        Ip($"link add {name} type veth peer name {otherName} netns {other.Name}");

    /// <summary>Gives an interface its addresses and sets it up.</summary>
    public Task RaiseLink(string name, params IEnumerable<string> addresses) => Ip(Raise(name, addresses));

    private static IEnumerable<string> Raise(string name, IEnumerable<string> addresses) =>
        addresses.Select(address => $"address add {address} dev {name}").Append($"link set {name} up");
}
