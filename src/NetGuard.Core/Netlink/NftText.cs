using System.Text;

namespace NetGuard.Core.Netlink;

/// <summary>Names in nf_tables are bytes; iptables and NetGuard take them for UTF-8.</summary>
internal static class NftText
{
    /// <summary>An attribute's text.</summary>
    public static string Of(in NlAttr attribute) => Encoding.UTF8.GetString(attribute.Text);
}
