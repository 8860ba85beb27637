using Xunit;

namespace NetGuard.Core.Tests.Config;

public class WrongRulesTests
{
    [Theory]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - [-j, DROP]\n",
        "c.yaml:4:9: a rule is a list (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - ~\n",
        "c.yaml:4:9: a rule has no value (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {name: a}\n",
        "c.yaml:4:9: a rule without its text (expected the key 'rule')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, nam: a}\n",
        "c.yaml:4:25: unknown key 'nam' (did you mean 'name')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: }\n",
        "c.yaml:4:16: a rule has no value (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: [x]}\n",
        "c.yaml:4:16: a rule is a list (expected iptables arguments, such as '-i eth0 -j DROP')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, name: 'a b'}\n",
        "c.yaml:4:31: 'a b' cannot be a rule's name (expected 1 to 64 letters, digits, '.', '_' or '-')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, name: r-1}\n",
        "c.yaml:4:31: 'r-1': names that begin with 'r-' are NetGuard's own (choose another)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, name: reach-x}\n",
        "c.yaml:4:31: 'reach-x': names that begin with 'reach-' are NetGuard's own (choose another)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, name: ''}\n",
        "c.yaml:4:31: '' cannot be a rule's name (expected 1 to 64 letters, digits, '.', '_' or '-')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, name: }\n",
        "c.yaml:4:31: name has no value (expected letters, digits, '.', '_' or '-')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, position: first}\n",
        "c.yaml:4:35: position is 'first' (expected top or bottom; did you mean 'top')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, position: middle}\n",
        "c.yaml:4:35: position is 'middle' (expected top or bottom)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, family: v4}\n",
        "c.yaml:4:33: family is 'v4' (expected ipv4 or ipv6; did you mean 'ipv4')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, name: a}\n      - {rule: -j ACCEPT, name: a}\n",
        "c.yaml:5:33: two rules of this chain are called 'a' (the first at c.yaml:4:31)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - -m comment --comment a: b -j DROP\n",
        "c.yaml:4:9: unknown key '-m comment --comment a' (put quotes around a rule with ': ' in it)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - { rule: -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN }\n",
        "c.yaml:4:48: unknown key 'ESTABLISHED -j RETURN' (put quotes around a rule with ',' in it where it stands between braces)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - { rule: -j DROP -p tcp -m multiport --dports 80,443 }\n",
        "c.yaml:4:57: unknown key '443' (put quotes around a rule with ',' in it where it stands between braces)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - rule: -m comment --comment a: b -j DROP\n",
        "c.yaml:4:37: not valid YAML: a ': ' too many, or a wrong indentation; put quotes around a rule with ': ' or a quote at its start (while scanning a plain scalar value, found invalid mapping)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - \"-m\" comment -j DROP\n",
        "c.yaml:4:14: not valid YAML: a text behind a closing quote or bracket, or a wrong indentation; put quotes around a rule with ': ' or a quote at its start (while parsing a block collection, did not find expected '-' indicator)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - ! -i eth0 -j DROP\n",
        "c.yaml:4:9: YAML takes the '!' for a tag and drops it (put quotes around a rule that begins with '!')")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - *filter\n",
        "c.yaml:4:9: an alias (write the value out, or put quotes around a text that begins with '*': anchors and aliases are not taken here)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - %a\n",
        "c.yaml:4:9: not valid YAML: a text cannot begin with this character; put quotes around it (while scanning for the next token, found character that cannot start any token)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - @a\n",
        "c.yaml:4:9: not valid YAML: a text cannot begin with this character; put quotes around it (while scanning for the next token, found character that cannot start any token)")]
    [InlineData("chains:\n  DOCKER-USER:\n    rules:\n      - !!x -j DROP\n",
        "c.yaml:4:9: a tag, 'tag:yaml.org,2002:x' (tags are not taken here; put quotes around a text that begins with '!')")]
    [InlineData("families: [ipv4]\nchains:\n  DOCKER-USER:\n    rules:\n      - {rule: -j DROP, family: ipv6}\n",
        "c.yaml:5:33: ipv6 is not guarded here (families is [ipv4])")]
    [InlineData("families: [ipv4]\nchains:\n  DOCKER-USER:\n    rules:\n      - -s ::1 -j DROP\n",
        "c.yaml:5:12: ipv6 is not guarded here (families is [ipv4])")]
    [InlineData("chains: {X: {family: ipv4, rules: [{rule: -j DROP, family: ipv6}]}}\n",
        "c.yaml:1:60: ipv6 is not guarded here (the chain's family is ipv4 at c.yaml:1:22)")]
    [InlineData("chains: {X: {family: ipv4, rules: ['-s ::1']}}\n",
        "c.yaml:1:36: '::1' is an IPv6 address behind -s, but the rule's family is ipv4")]
    public void AWrongRuleEntryIsNamedAtItsPlace(string text, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(text));
}
