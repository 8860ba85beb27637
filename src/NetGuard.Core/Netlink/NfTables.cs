namespace NetGuard.Core.Netlink;

/// <summary>The messages and attributes of nf_tables: linux/netfilter/nf_tables.h. Numbers in attributes are in network order.</summary>
public static class NfTables
{
    /// <summary>NFT_MSG_NEWTABLE.</summary>
    public const byte NewTable = 0;

    /// <summary>NFT_MSG_GETTABLE.</summary>
    public const byte GetTable = 1;

    /// <summary>NFT_MSG_DELTABLE.</summary>
    public const byte DeleteTable = 2;

    /// <summary>NFT_MSG_NEWCHAIN: also where one that exists gets another policy.</summary>
    public const byte NewChain = 3;

    /// <summary>NFT_MSG_GETCHAIN.</summary>
    public const byte GetChain = 4;

    /// <summary>NFT_MSG_DELCHAIN.</summary>
    public const byte DeleteChain = 5;

    /// <summary>NFT_MSG_NEWRULE.</summary>
    public const byte NewRule = 6;

    /// <summary>NFT_MSG_GETRULE.</summary>
    public const byte GetRule = 7;

    /// <summary>NFT_MSG_DELRULE.</summary>
    public const byte DeleteRule = 8;

    /// <summary>NFT_MSG_NEWGEN: the end of a commit.</summary>
    public const byte NewGeneration = 15;

    /// <summary>NFT_MSG_GETGEN.</summary>
    public const byte GetGeneration = 16;

    /// <summary>NFTA_GEN_ID, u32.</summary>
    public const ushort GenerationId = 1;

    /// <summary>NFTA_GEN_PROC_PID, u32: who committed, numbered in the host's pid namespace; in the answer to GETGEN, who asks.</summary>
    public const ushort GenerationPid = 2;

    /// <summary>NFTA_GEN_PROC_NAME: its command name, at most 15 bytes.</summary>
    public const ushort GenerationName = 3;

    /// <summary>NFTA_TABLE_NAME.</summary>
    public const ushort TableName = 1;

    /// <summary>NFTA_TABLE_FLAGS, u32.</summary>
    public const ushort TableFlags = 2;

    /// <summary>NFTA_TABLE_OWNER, u32: the netlink port of the process that a table belongs to.</summary>
    public const ushort TableOwner = 7;

    /// <summary>NFT_TABLE_F_DORMANT: its chains are not called.</summary>
    public const uint Dormant = 1;

    /// <summary>NFTA_HOOK_HOOKNUM, u32: NF_INET_...</summary>
    public const ushort HookNumber = 1;

    /// <summary>NFTA_HOOK_PRIORITY, s32.</summary>
    public const ushort HookPriority = 2;

    /// <summary>NFTA_CHAIN_TABLE.</summary>
    public const ushort ChainTable = 1;

    /// <summary>NFTA_CHAIN_HANDLE, u64.</summary>
    public const ushort ChainHandle = 2;

    /// <summary>NFTA_CHAIN_NAME.</summary>
    public const ushort ChainName = 3;

    /// <summary>NFTA_CHAIN_HOOK, nested.</summary>
    public const ushort ChainHook = 4;

    /// <summary>NFTA_CHAIN_POLICY, u32: NF_DROP or NF_ACCEPT.</summary>
    public const ushort ChainPolicy = 5;

    /// <summary>NFTA_CHAIN_USE, u32: how many refer to the chain.</summary>
    public const ushort ChainUse = 6;

    /// <summary>NFTA_CHAIN_TYPE, text.</summary>
    public const ushort ChainType = 7;

    /// <summary>NFTA_RULE_TABLE.</summary>
    public const ushort RuleTable = 1;

    /// <summary>NFTA_RULE_CHAIN.</summary>
    public const ushort RuleChain = 2;

    /// <summary>NFTA_RULE_HANDLE, u64.</summary>
    public const ushort RuleHandle = 3;

    /// <summary>NFTA_RULE_EXPRESSIONS, nested list.</summary>
    public const ushort RuleExpressions = 4;

    /// <summary>NFTA_RULE_COMPAT, nested: what the dump does not give back.</summary>
    public const ushort RuleCompat = 5;

    /// <summary>NFTA_RULE_POSITION, u64: the handle of the rule before or behind which it goes.</summary>
    public const ushort RulePosition = 6;

    /// <summary>NFTA_RULE_USERDATA.</summary>
    public const ushort RuleUserData = 7;

    /// <summary>NFTA_RULE_COMPAT_PROTO, u32.</summary>
    public const ushort CompatProtocol = 1;

    /// <summary>NFTA_RULE_COMPAT_FLAGS, u32.</summary>
    public const ushort CompatFlags = 2;

    /// <summary>NFTA_LIST_ELEM.</summary>
    public const ushort ListElement = 1;

    /// <summary>NFTA_EXPR_NAME.</summary>
    public const ushort ExpressionName = 1;

    /// <summary>NFTA_EXPR_DATA, nested.</summary>
    public const ushort ExpressionData = 2;

    /// <summary>NFTA_MATCH_NAME and NFTA_TARGET_NAME: the extension of xtables.</summary>
    public const ushort ExtensionName = 1;

    /// <summary>NF_DROP.</summary>
    public const uint Drop = 0;

    /// <summary>NF_ACCEPT.</summary>
    public const uint Accept = 1;

    /// <summary>The type that a message of nf_tables has in its netlink header.</summary>
    public static ushort MessageType(byte message) => (ushort)(Nfnetlink.NftablesSubsystem << 8 | message);
}
