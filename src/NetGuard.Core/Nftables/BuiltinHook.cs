using NetGuard.Core.Netlink;
using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>Where and when the kernel calls what iptables takes for its built-in chains: iptables/nft.c, xtables_ipv4; the same for IPv6.</summary>
/// <param name="Number">NF_INET_...</param>
/// <param name="Priority">Its turn among the chains at the same hook.</param>
/// <param name="Type">filter, nat or route.</param>
public readonly record struct BuiltinHook(uint Number, int Priority, string Type)
{
    private static readonly string[] Hooks = ["prerouting", "input", "forward", "output", "postrouting"];

    /// <summary>That of a chain; null where iptables has no hook for it.</summary>
    public static BuiltinHook? Of(ChainKey key)
    {
        if (!key.IsBuiltin)
        {
            return null;
        }

        var hook = (uint)Array.IndexOf(Hooks, key.Chain.Value.ToLowerInvariant());
        return key.Table.Value switch
        {
            "nat" => new(hook, key.Chain.Value is "PREROUTING" or "OUTPUT" ? -100 : 100, "nat"),
            "mangle" => new(hook, -150, key.Chain.Value == "OUTPUT" ? "route" : "filter"),
            "raw" => new(hook, -300, "filter"),
            "security" => new(hook, 50, "filter"),
            _ => new(hook, 0, "filter"),
        };
    }

    /// <summary>
    /// Why a chain is not the one that iptables means by its name: its tools neither show what is in it nor change it, and tell of an empty one that accepts.
    /// Null where it is.
    /// </summary>
    public static string? WhyUnfit(ChainKey key, NftChain there)
    {
        BuiltinHook? found = there.Hook is { } number ? new(number, there.Priority, there.Type ?? "filter") : null;
        return (Of(key), found) switch
        {
            var (meant, is_) when meant == is_ => null,
            (null, { } is_) => $"nft has put it at a hook ({is_}), where iptables knows it as a chain for rules to jump to; give it another name or delete it, with nft",
            ({ } meant, null) => $"nft has made it without a hook, so that no packet gets there; iptables means {meant}; delete it with nft",
            var (meant, is_) => $"nft has put it at another place ({is_}) than iptables means ({meant}); delete it with nft",
        };
    }

    /// <summary>As nft has it: <c>type filter hook forward priority 0</c>.</summary>
    public override string ToString() => $"type {Type} hook {(Number < Hooks.Length ? Hooks[Number] : Number)} priority {Priority}";
}
