using Xunit;

namespace NetGuard.Core.Tests.Config;

public class WrongRuleTextTests
{
    [Theory]
    [InlineData("-m comment --comment \"a b -j DROP",
        "c.yaml:4:30: a quote is opened and never closed: '\"a b -j DROP'")]
    [InlineData("'-i eth0 -m comment --comment \"a'",
        "c.yaml:4:9: a quote is opened and never closed: '\"a'")]
    [InlineData("\"-i eth0\\n-j DROP\"",
        "c.yaml:4:9: a line break in a rule (a rule is one line; in YAML write '>-' instead of '|' or '>')")]
    [InlineData("|\n        -i eth0 -j DROP",
        "c.yaml:4:9: a line break in a rule (a rule is one line; in YAML write '>-' instead of '|' or '>')")]
    [InlineData("\"-i\\teth0 -j DROP\"",
        "c.yaml:4:9: a tab in a rule (write spaces)")]
    [InlineData("\"-i eth0\\0 -j DROP\"",
        "c.yaml:4:9: the character U+0000 in a rule")]
    [InlineData("\"-i \\x7f\"",
        "c.yaml:4:9: the character U+007F in a rule")]
    [InlineData("-i eth0\t-j DROP",
        "c.yaml:4:16: a tab in a rule (write spaces)")]
    [InlineData("''",
        "c.yaml:4:9: an empty rule (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("'  '",
        "c.yaml:4:9: an empty rule (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("COMMIT",
        "c.yaml:4:9: 'COMMIT' ends a table in iptables-restore (it has no place in a rule)")]
    [InlineData("-j DROP COMMIT",
        "c.yaml:4:17: 'COMMIT' ends a table in iptables-restore (it has no place in a rule)")]
    [InlineData("'*filter'",
        "c.yaml:4:9: a rule cannot begin with '*' (expected an option such as -i or -p)")]
    [InlineData("':FORWARD DROP'",
        "c.yaml:4:9: a rule cannot begin with ':' (expected an option such as -i or -p)")]
    [InlineData("'# x'",
        "c.yaml:4:9: a rule cannot begin with '#' (expected an option such as -i or -p)")]
    [InlineData("-A DOCKER-USER -i eth0 -j DROP",
        "c.yaml:4:9: '-A' is a command of iptables, not part of a rule (leave out '-A DOCKER-USER'; the chain is the key)")]
    [InlineData("-I DOCKER-USER 1 -i eth0 -j DROP",
        "c.yaml:4:9: '-I' is a command of iptables, not part of a rule (leave out '-I DOCKER-USER 1'; the chain is the key, and rules stand at its top in the order of the file)")]
    [InlineData("-i eth0 -D DOCKER-USER",
        "c.yaml:4:17: '-D' is a command of iptables, not part of a rule (leave out '-D DOCKER-USER'; a rule is only what it matches and its target)")]
    [InlineData("-R X 1 -j DROP",
        "c.yaml:4:9: '-R' is a command of iptables, not part of a rule (leave out '-R X 1'; a rule is only what it matches and its target)")]
    [InlineData("-C X -j DROP",
        "c.yaml:4:9: '-C' is a command of iptables, not part of a rule (leave out '-C X'; a rule is only what it matches and its target)")]
    [InlineData("-L",
        "c.yaml:4:9: '-L' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("-S",
        "c.yaml:4:9: '-S' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("-F DOCKER-USER",
        "c.yaml:4:9: '-F' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("-Z",
        "c.yaml:4:9: '-Z' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("-N X",
        "c.yaml:4:9: '-N' is a command of iptables, not part of a rule (leave it out; a chain is made by being declared)")]
    [InlineData("-X X",
        "c.yaml:4:9: '-X' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("-P FORWARD DROP",
        "c.yaml:4:9: '-P' is a command of iptables, not part of a rule (leave it out; write 'policy: DROP' under the chain)")]
    [InlineData("-E a b",
        "c.yaml:4:9: '-E' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--append X -j DROP",
        "c.yaml:4:9: '--append' is a command of iptables, not part of a rule (leave out '--append X'; the chain is the key)")]
    [InlineData("--insert=X -j DROP",
        "c.yaml:4:9: '--insert' is a command of iptables, not part of a rule (leave out '--insert X'; the chain is the key, and rules stand at its top in the order of the file)")]
    [InlineData("--delete X",
        "c.yaml:4:9: '--delete' is a command of iptables, not part of a rule (leave out '--delete X'; a rule is only what it matches and its target)")]
    [InlineData("--replace X",
        "c.yaml:4:9: '--replace' is a command of iptables, not part of a rule (leave out '--replace X'; a rule is only what it matches and its target)")]
    [InlineData("--check X",
        "c.yaml:4:9: '--check' is a command of iptables, not part of a rule (leave out '--check X'; a rule is only what it matches and its target)")]
    [InlineData("--list",
        "c.yaml:4:9: '--list' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--list-rules",
        "c.yaml:4:9: '--list-rules' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--flush",
        "c.yaml:4:9: '--flush' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--zero",
        "c.yaml:4:9: '--zero' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--new-chain X",
        "c.yaml:4:9: '--new-chain' is a command of iptables, not part of a rule (leave it out; a chain is made by being declared)")]
    [InlineData("--delete-chain",
        "c.yaml:4:9: '--delete-chain' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--policy FORWARD DROP",
        "c.yaml:4:9: '--policy' is a command of iptables, not part of a rule (leave it out; write 'policy: DROP' under the chain)")]
    [InlineData("--rename-chain",
        "c.yaml:4:9: '--rename-chain' is a command of iptables, not part of a rule (leave it out)")]
    [InlineData("--app X",
        "c.yaml:4:9: '--app' is an abbreviation (write options out: '--append')")]
    [InlineData("--del X",
        "c.yaml:4:9: '--del' is an abbreviation (write options out: '--delete')")]
    [InlineData("--fl",
        "c.yaml:4:9: '--fl' is an abbreviation (write options out: '--flush')")]
    [InlineData("--list-r",
        "c.yaml:4:9: '--list-r' is an abbreviation (write options out: '--list-rules')")]
    [InlineData("iptables -t nat -A PREROUTING -j DROP",
        "c.yaml:4:9: a rule is iptables' arguments alone (leave out 'iptables')\nc.yaml:4:18: '-t' is an option of the tool, not part of a rule (write the table into the key: 'nat/DOCKER-USER')\nc.yaml:4:25: '-A' is a command of iptables, not part of a rule (leave out '-A PREROUTING'; the chain is the key)")]
    [InlineData("sudo -j DROP",
        "c.yaml:4:9: a rule is iptables' arguments alone (leave out 'sudo')")]
    [InlineData("-t nat -j DROP",
        "c.yaml:4:9: '-t' is an option of the tool, not part of a rule (write the table into the key: 'nat/DOCKER-USER')")]
    [InlineData("--table nat",
        "c.yaml:4:9: '--table' is an option of the tool, not part of a rule (write the table into the key: 'nat/DOCKER-USER')")]
    [InlineData("--table=nat",
        "c.yaml:4:9: '--table' is an option of the tool, not part of a rule (write the table into the key: 'nat/DOCKER-USER')")]
    [InlineData("-4 -j DROP",
        "c.yaml:4:9: '-4' is an option of the tool, not part of a rule (write 'family: ipv4')")]
    [InlineData("-6 -j DROP",
        "c.yaml:4:9: '-6' is an option of the tool, not part of a rule (write 'family: ipv6')")]
    [InlineData("--ipv4",
        "c.yaml:4:9: '--ipv4' is an option of the tool, not part of a rule (write 'family: ipv4')")]
    [InlineData("--ipv6 -j DROP",
        "c.yaml:4:9: '--ipv6' is an option of the tool, not part of a rule (write 'family: ipv6')")]
    [InlineData("-w -j DROP",
        "c.yaml:4:9: '-w' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("--wait 5",
        "c.yaml:4:9: '--wait' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-v",
        "c.yaml:4:9: '-v' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-n",
        "c.yaml:4:9: '-n' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-x",
        "c.yaml:4:9: '-x' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-h",
        "c.yaml:4:9: '-h' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-V",
        "c.yaml:4:9: '-V' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-c 1 2 -j DROP",
        "c.yaml:4:9: '-c' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("--set-counters 1 2",
        "c.yaml:4:9: '--set-counters' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("--modprobe=/bin/sh",
        "c.yaml:4:9: '--modprobe' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-M /bin/sh",
        "c.yaml:4:9: '-M' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("--line-numbers",
        "c.yaml:4:9: '--line-numbers' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("--verbose",
        "c.yaml:4:9: '--verbose' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("--help",
        "c.yaml:4:9: '--help' is an option of the tool, not part of a rule (leave it out)")]
    [InlineData("-ptcp",
        "c.yaml:4:9: '-ptcp' runs an option and its value together (write '-p tcp')")]
    [InlineData("-sfoo -j DROP",
        "c.yaml:4:9: '-sfoo' runs an option and its value together (write '-s foo')")]
    [InlineData("-dport 80",
        "c.yaml:4:9: '-dport' is no option (did you mean '--dport')")]
    [InlineData("-y",
        "c.yaml:4:9: '-y' is no option of a rule (expected -p, -s, -d, -i, -o, -j, -g, -m or -f, or a long option)")]
    [InlineData("-",
        "c.yaml:4:9: a rule is a list (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("--",
        "c.yaml:4:9: '--' is no option")]
    [InlineData("-AFORWARD",
        "c.yaml:4:9: '-AFORWARD' is a command of iptables, not part of a rule (leave out '-AFORWARD'; the chain is the key)")]
    [InlineData("-comment x",
        "c.yaml:4:9: '-comment' is no option (did you mean '--comment')")]
    [InlineData("-j",
        "c.yaml:4:9: '-j' needs a value")]
    [InlineData("-s -j DROP",
        "c.yaml:4:9: '-s' needs a value")]
    [InlineData("-j '' ",
        "c.yaml:4:9: '-j' needs a value")]
    [InlineData("-p",
        "c.yaml:4:9: '-p' needs a value")]
    [InlineData("--comment",
        "c.yaml:4:9: '--comment' needs a value")]
    [InlineData("-m comment --comment netguard:x -j DROP",
        "c.yaml:4:30: comments that begin with 'netguard:' are NetGuard's own (write 'name: ...' to name a rule)")]
    [InlineData("-m comment --comment=netguard:x",
        "c.yaml:4:20: comments that begin with 'netguard:' are NetGuard's own (write 'name: ...' to name a rule)")]
    [InlineData("-m comment --comm netguard:x",
        "c.yaml:4:20: '--comm' is an abbreviation (write options out: '--comment')")]
    [InlineData("-m comment --comment éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
        "c.yaml:4:30: a comment of 256 bytes (at most 255: iptables cuts off the rest in silence)")]
    [InlineData("-j DROP -j ACCEPT",
        "c.yaml:4:17: a second target, '-j ACCEPT' (a rule has one)")]
    [InlineData("-g X --jump Y",
        "c.yaml:4:14: a second target, '--jump Y' (a rule has one)")]
    [InlineData("-j DOCKER-USER",
        "c.yaml:4:12: a jump from DOCKER-USER into itself")]
    [InlineData("-j FORWARD",
        "c.yaml:4:12: a jump to FORWARD (nothing can jump to a built-in chain)")]
    [InlineData("[1:2] -j DROP",
        "c.yaml:4:15: not valid YAML: a text behind a closing quote or bracket, or a wrong indentation; put quotes around a rule with ': ' or a quote at its start (while parsing a block collection, did not find expected '-' indicator)")]
    [InlineData("tcp -j DROP",
        "c.yaml:4:9: a rule cannot begin with 'tcp' (expected an option such as -i or -p, or '!')")]
    [InlineData("-s example.com -j DROP",
        "c.yaml:4:12: 'example.com' is no address (addresses only: a name is resolved once, when the rule is loaded)")]
    [InlineData("-s 999.1.1.1",
        "c.yaml:4:12: '999.1.1.1' is no IPv4 address (expected one such as 10.0.0.1 or 10.0.0.0/8)")]
    [InlineData("-s 10.0.0.0/33",
        "c.yaml:4:12: '10.0.0.0/33' is no IPv4 address (expected a mask of /0 to /32)")]
    [InlineData("-s ::1/129",
        "c.yaml:4:12: '::1/129' is no IPv6 address (expected a mask of /0 to /128)")]
    [InlineData("-d 2001:db8:::1",
        "c.yaml:4:12: '2001:db8:::1' is no IPv6 address (expected one such as 2001:db8::1 or 2001:db8::/32)")]
    [InlineData("-s 10.0.0.1,::1",
        "c.yaml:4:12: '10.0.0.1,::1' mixes IPv4 and IPv6 addresses (write a rule for each family)")]
    [InlineData("-s 10.0.0.1/a",
        "c.yaml:4:12: '10.0.0.1/a' is no IPv4 address (expected one such as 10.0.0.1 or 10.0.0.0/8)")]
    [InlineData("-s '!' 10.0.0.1",
        "c.yaml:4:12: the '!' stands behind its option (write '! -s 10.0.0.0/8')")]
    [InlineData("-s 010.0.0.1",
        "c.yaml:4:12: '010.0.0.1' is no IPv4 address (expected one such as 10.0.0.1 or 10.0.0.0/8)")]
    [InlineData("-s 10.0.0.0/255.255.0.300",
        "c.yaml:4:12: '10.0.0.0/255.255.0.300' is no IPv4 address (expected one such as 10.0.0.1 or 10.0.0.0/8)")]
    [InlineData("-s 1.2.3.4.5",
        "c.yaml:4:12: '1.2.3.4.5' is no IPv4 address (expected one such as 10.0.0.1 or 10.0.0.0/8)")]
    [InlineData("-s fe80::1%eth0",
        "c.yaml:4:12: 'fe80::1%eth0' is no IPv6 address (expected one such as 2001:db8::1 or 2001:db8::/32)")]
    [InlineData("-s 10.0.0.1 -d ::1",
        "c.yaml:4:24: '::1' is an IPv6 address and '10.0.0.1' an IPv4 one (no packet has both)")]
    [InlineData("{rule: -s ::1, family: ipv4}",
        "c.yaml:4:19: '::1' is an IPv6 address behind -s, but the rule's family is ipv4")]
    [InlineData("{rule: --source 10.0.0.1, family: ipv6}",
        "c.yaml:4:25: '10.0.0.1' is an IPv4 address behind --source, but the rule's family is ipv6")]
    [InlineData("-p tcp --dport 65536",
        "c.yaml:4:24: '65536' is no port (expected 0 to 65535)")]
    [InlineData("-p tcp -m multiport --dports 80,70000",
        "c.yaml:4:38: '70000' is no port (expected 0 to 65535)")]
    [InlineData("-p tcp --sport 1:99999999999",
        "c.yaml:4:24: '99999999999' is no port (expected 0 to 65535)")]
    [InlineData("-m conntrack --ctorigdstport 99999",
        "c.yaml:4:38: '99999' is no port (expected 0 to 65535)")]
    [InlineData("-i abcdefghijklmnop",
        "c.yaml:4:12: the interface name 'abcdefghijklmnop' is 16 bytes long (at most 15)")]
    [InlineData("-i eth0 --dport 99999 -s 999.1.1.1 -A X",
        "c.yaml:4:25: '99999' is no port (expected 0 to 65535)\nc.yaml:4:34: '999.1.1.1' is no IPv4 address (expected one such as 10.0.0.1 or 10.0.0.0/8)\nc.yaml:4:44: '-A' is a command of iptables, not part of a rule (leave out '-A X'; the chain is the key)")]
    [InlineData("😀 -j DROP -j X",
        "c.yaml:4:9: a rule cannot begin with '😀' (expected an option such as -i or -p, or '!')\nc.yaml:4:19: a second target, '-j X' (a rule has one)")]
    [InlineData("-m comment --comment 😀 -j DROP -A X",
        "c.yaml:4:40: '-A' is a command of iptables, not part of a rule (leave out '-A X'; the chain is the key)")]
    public void WhatIsNotOneRuleNeverReachesIptables(string rule, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(ConfigText.WithRule(rule)));
}
