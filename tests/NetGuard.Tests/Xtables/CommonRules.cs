using NetGuard.Core.State;

namespace NetGuard.Tests.Xtables;

/// <summary>A rule for every match and target that is common in this field, written the way people write them.</summary>
internal static class CommonRules
{
    private static readonly string[] Both =
    [
        "-j ACCEPT",
        "-i eth0 -j DROP",
        "-i eth+ ! -o docker0 -j DROP",
        "--in-interface eth0 --out-interface eth1 --jump ACCEPT",
        "-j DROP -i eth0",
        "-p tcp --dport http -j ACCEPT",
        "-p tcp --sport 1024: --dport :1023 -j ACCEPT",
        "-p TCP --destination-port 8000:8080 -j ACCEPT",
        "-p 6 --dport 22 -j ACCEPT",
        "-p tcp ! --dport 22 -j DROP",
        "-p tcp --syn -j DROP",
        "-p tcp --tcp-flags SYN,ACK,FIN,RST RST -j ACCEPT",
        "-p tcp --tcp-option 2 -j ACCEPT",
        "-p udp --dport domain -j ACCEPT",
        "-p udp -m udp --sport 53 -j ACCEPT",
        "! -p udp -j ACCEPT",
        "-p sctp --dport 80 -j ACCEPT",
        "-p esp -j ACCEPT",
        "-p tcp -m multiport --dports 80,https,8000:8080 -j ACCEPT",
        "-p udp -m multiport --sports 53 -j ACCEPT",
        "-p tcp -m multiport ! --ports 22,80 -j DROP",
        "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-m conntrack ! --ctstate INVALID -j ACCEPT",
        "-m state --state NEW -j ACCEPT",
        "-p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
        "-m conntrack --ctdir ORIGINAL --ctproto tcp --ctorigdstport 8080 -j DROP",
        "-m conntrack --ctstatus DNAT -j ACCEPT",
        "-m conntrack --ctstate DNAT -j ACCEPT",
        "-m addrtype --dst-type LOCAL -j ACCEPT",
        "-m addrtype ! --src-type LOCAL --dst-type LOCAL -j DROP",
        "-m limit --limit 5/min -j ACCEPT",
        "-m limit --limit 10/second --limit-burst 20 -j LOG",
        "-p tcp --syn -m hashlimit --hashlimit-above 10/sec --hashlimit-burst 20 --hashlimit-mode srcip --hashlimit-name syn -j DROP",
        "-m hashlimit --hashlimit-upto 100/min --hashlimit-mode srcip,dstport --hashlimit-name h2 --hashlimit-htable-expire 30000 -p tcp -j ACCEPT",
        "-m recent --name bad --set",
        "-m recent --name bad --update --seconds 60 --hitcount 4 -j DROP",
        "-m recent --rcheck --name bad --rsource -j DROP",
        "-m set --match-set banned src -j DROP",
        "-m set ! --match-set banned src,dst -j ACCEPT",
        "-p tcp -m string --algo bm --string \"GET /index\" -j DROP",
        "-m string --algo kmp --hex-string \"|de ad|\" --to 100 -j DROP",
        "-m time --timestart 08:00 --timestop 17:00 --weekdays Mon,Tue,Fri -j ACCEPT",
        "-m statistic --mode random --probability 0.5 -j DROP",
        "-m statistic --mode nth --every 3 --packet 0 -j DROP",
        "-p tcp --syn -m connlimit --connlimit-above 20 -j DROP",
        "-p tcp -m connlimit --connlimit-upto 5 --connlimit-mask 24 -j ACCEPT",
        "-m mac --mac-source 00:11:22:AA:BB:CC -j ACCEPT",
        "-m mark --mark 1 -j ACCEPT",
        "-m mark ! --mark 0x10/0xf0 -j ACCEPT",
        "-m connmark --mark 0x1/0xff -j ACCEPT",
        "-m physdev --physdev-in veth0 --physdev-is-bridged -j ACCEPT",
        "-m length --length 0:500 -j ACCEPT",
        "-m length ! --length 1500 -j ACCEPT",
        "-m pkttype --pkt-type broadcast -j DROP",
        "-m comment --comment \"it's the \\\"admin's\\\" own\" -j ACCEPT",
        "-m comment --comment plain -i eth0 -j ACCEPT",
        "-m helper --helper ftp -j ACCEPT",
        "-m dscp --dscp-class EF -j ACCEPT",
        "-m connbytes --connbytes 1000: --connbytes-dir both --connbytes-mode bytes -j ACCEPT",
        "-m u32 --u32 \"0>>22&0x3C@4=0x29\" -j DROP",
        "-m cpu --cpu 0 -j ACCEPT",
        "-m quota --quota 1000 -j ACCEPT",
        "-m rpfilter --invert -j DROP",
        "-j LOG",
        "-j LOG --log-prefix \"netguard: -j DROP \" --log-level warning",
        "-j LOG --log-level debug --log-tcp-options --log-ip-options --log-uid",
        "-j NFLOG --nflog-group 2 --nflog-prefix \"a b\" --nflog-threshold 20",
        "-j REJECT",
        "-p tcp -j REJECT --reject-with tcp-reset",
        "-i eth0",
        "",
        "-j CHAIN",
        "-g CHAIN",
        "-i eth0 -g CHAIN",
    ];

    private static readonly string[] Ipv4 =
    [
        "-s 8.8.8.8 -j DROP", "-s 10.1.2.3/8 -j DROP", "-s 10.0.0.0/255.0.0.0 -j DROP", "! -s 8.8.8.8 -i eth0 -j DROP", "-s 1.1.1.1,2.2.2.2/16 -j DROP",
        "-s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4 -p tcp --dport 80 -j ACCEPT", "-s 0.0.0.0/0 -d 127.0.0.1 -j DROP", "-d 10.0.0.0/255.0.255.0 -j DROP", "-f -j DROP", "! -f -j DROP",
        "-p icmp --icmp-type echo-request -j ACCEPT", "-p icmp --icmp-type 3/4 -j ACCEPT", "-p icmp -m icmp --icmp-type any -j ACCEPT", "-p icmp ! --icmp-type redirect -j DROP",
        "-m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP", "-m iprange ! --dst-range 10.0.0.1-10.0.0.9 -j DROP", "-m ttl --ttl-lt 5 -j DROP",
        "-m conntrack --ctorigdst 10.0.0.1 --ctorigdstport 80 -j ACCEPT", "-p gre -j ACCEPT",
        .. from with in (string[])["icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-port-unreachable", "icmp-net-prohibited", "icmp-host-prohibited", "icmp-admin-prohibited"]
           select $"-j REJECT --reject-with {with}",
        "-j REJECT --reject-with net-unreach",
    ];

    private static readonly string[] Ipv6 =
    [
        "-s fd00::1 -j DROP", "-s fd00:0:0:0::/64 -j DROP", "! -d 2001:DB8::/32 -j DROP", "-s fd00::1,fd00::2 -j DROP", "-p icmpv6 --icmpv6-type echo-request -j ACCEPT",
        "-p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT", "-p icmpv6 --icmpv6-type packet-too-big -j ACCEPT", "-m iprange --src-range fd00::1-fd00::9 -j DROP", "-m hl --hl-lt 5 -j DROP",
        "-m frag --fragmore -j DROP", "-m rt --rt-type 0 -j DROP",
        .. from with in (string[])["icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable", "icmp6-port-unreachable"] select $"-j REJECT --reject-with {with}",
        "-j REJECT --reject-with adm-prohibited",
    ];

    private static readonly (string Chain, string Rule)[] OtherTables =
    [
        ("filter/INPUT", "-m owner --socket-exists -j ACCEPT"), ("filter/OUTPUT", "-m owner --uid-owner 0 -j ACCEPT"), ("filter/OUTPUT", "-m owner ! --uid-owner root --gid-owner 0 -j ACCEPT"),
        ("filter/INPUT", "-m socket --transparent -j ACCEPT"),
        ("nat/POSTROUTING", "-o eth0 -j MASQUERADE"), ("nat/POSTROUTING", "-p tcp -j MASQUERADE --to-ports 1024-2048 --random"), ("nat/PREROUTING", "-p tcp --dport 80 -j REDIRECT --to-port 8080"),
        ("nat/PREROUTING", "-p tcp --dport 81 -j REDIRECT --to-ports 8080-8090"),
        ("mangle/FORWARD", "-j MARK --set-mark 1"), ("mangle/FORWARD", "-j MARK --set-xmark 0x10/0xff"), ("mangle/FORWARD", "-j MARK --or-mark 4"), ("mangle/FORWARD", "-j CONNMARK --save-mark"),
        ("mangle/FORWARD", "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff"), ("mangle/FORWARD", "-j CONNMARK --set-mark 3"),
        ("mangle/FORWARD", "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"), ("mangle/FORWARD", "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1400"),
        ("mangle/POSTROUTING", "-j DSCP --set-dscp 46"), ("mangle/PREROUTING", "-p tcp -j TPROXY --on-port 3128 --tproxy-mark 1"), ("mangle/POSTROUTING", "-j CLASSIFY --set-class 1:10"),
        ("mangle/FORWARD", "-j CHECKSUM --checksum-fill -p udp"),
        ("raw/PREROUTING", "-p udp --dport 53 -j CT --notrack"), ("raw/PREROUTING", "-p udp -j NOTRACK"), ("raw/PREROUTING", "-j CT --zone 3"), ("raw/PREROUTING", "-j TRACE"),
    ];

    private static readonly (string Chain, string Rule)[] OtherTablesIpv4 =
    [
        ("nat/PREROUTING", "-p tcp --dport 80 -j DNAT --to 10.0.0.1:8080"), ("nat/PREROUTING", "-i eth0 -j DNAT --to-destination 10.0.0.1-10.0.0.9"), ("nat/POSTROUTING", "-s 10.0.0.0/8 -j SNAT --to 1.2.3.4"),
        ("nat/POSTROUTING", "-p tcp -j SNAT --to-source 1.2.3.4:1024-2048"), ("nat/PREROUTING", "-d 10.0.0.0/24 -j NETMAP --to 10.1.0.0/24"), ("mangle/PREROUTING", "-j TTL --ttl-set 64"),
    ];

    private static readonly (string Chain, string Rule)[] OtherTablesIpv6 =
    [
        ("nat/PREROUTING", "-p tcp --dport 80 -j DNAT --to [fd00::1]:8080"), ("nat/POSTROUTING", "-s fd00::/64 -j SNAT --to fd00::1"), ("mangle/PREROUTING", "-j HL --hl-set 64"),
    ];

    public static IEnumerable<(ChainKey Chain, string Rule)> For(Family family) =>
        Both.Concat(family == Family.Ipv4 ? Ipv4 : Ipv6).Select(rule => (ChainKey.Forward, rule))
            .Concat(OtherTables.Concat(family == Family.Ipv4 ? OtherTablesIpv4 : OtherTablesIpv6).Select(r => (Key(r.Chain), r.Rule)));

    private static ChainKey Key(string text) =>
        text.Split('/') is [var table, var chain] && TableName.TryParse(table, out var name) ? new(name, new(chain)) : throw new ArgumentException(text);
}
