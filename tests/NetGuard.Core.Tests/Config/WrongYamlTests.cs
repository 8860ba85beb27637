using Xunit;

namespace NetGuard.Core.Tests.Config;

public class WrongYamlTests
{
    [Theory]
    [InlineData("mode: enforce\n  interval: 60s\n",
        "c.yaml:2:11: not valid YAML: a ': ' too many, or a wrong indentation (while scanning a plain scalar value, found invalid mapping)")]
    [InlineData("mode: [enforce\n",
        "c.yaml:2:1: not valid YAML: a bracket that is never closed (while parsing a flow sequence, did not find expected ',' or ']')")]
    [InlineData("a: b: c\n",
        "c.yaml:1:5: not valid YAML: a ': ' too many, or a wrong indentation (while scanning a plain scalar value, found invalid mapping)")]
    [InlineData("- mode\n",
        "c.yaml:1:1: the file is a list (expected a mapping)")]
    [InlineData("enforce\n",
        "c.yaml:1:1: the file is a single value (expected a mapping)")]
    [InlineData("mode: enforce\n---\nmode: audit\n",
        "c.yaml:2:1: a second document begins here (a file holds one)")]
    [InlineData("mode: enforce\nmode: enforce\n",
        "c.yaml:2:1: the key 'mode' stands here twice (first at c.yaml:1:1)")]
    [InlineData("chains:\n  FORWARD:\n  filter/FORWARD:\n",
        "c.yaml:3:3: the key 'filter/FORWARD' stands here twice (first at c.yaml:2:3)")]
    [InlineData("sysctls:\n  net.core.somaxconn: 1\n  net/core/somaxconn: 1\n",
        "c.yaml:3:3: the key 'net/core/somaxconn' stands here twice (first at c.yaml:2:3)")]
    [InlineData("mode: &a enforce\n",
        "c.yaml:1:7: an anchor, '&a' (write the value out: anchors and aliases are not taken here)")]
    [InlineData("a: &a [x]\nmode: *a\n",
        "c.yaml:1:1: unknown key 'a' (expected mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)\nc.yaml:1:4: an anchor, '&a' (write the value out: anchors and aliases are not taken here)\nc.yaml:2:7: an alias (write the value out, or put quotes around a text that begins with '*': anchors and aliases are not taken here)")]
    [InlineData("<<: {mode: audit}\n",
        "c.yaml:1:1: a merge key (write the values out: '<<' is not taken here)")]
    [InlineData("mode: !!str enforce\n",
        "c.yaml:1:7: a tag, 'tag:yaml.org,2002:str' (tags are not taken here; put quotes around a text that begins with '!')")]
    [InlineData("mode: !enforce\n",
        "c.yaml:1:7: a tag, '!enforce' (tags are not taken here; put quotes around a text that begins with '!')")]
    [InlineData("chains:\n\tFORWARD:\n",
        "c.yaml:2:1: a tab in the indentation (YAML is indented with spaces)")]
    [InlineData("mode:\tenforce\n\t# a comment\n\n",
        "c.yaml:1:7: not valid YAML: a tab; YAML wants spaces (while scanning a plain scalar, found a tab character that violate indentation)")]
    [InlineData("mode: enforce\u0000\n",
        "c.yaml:1:14: this is not a text file: it holds the character U+0000")]
    [InlineData("mode: enforce\u0007\n",
        "c.yaml:1:14: this is not a text file: it holds the character U+0007")]
    [InlineData("mode: \ufffd\n",
        "c.yaml:1:7: this is not UTF-8 text")]
    [InlineData("mode: enforce\rinterval: 60s\n",
        "c.yaml:1:14: this is not a text file: it holds the character U+000D")]
    [InlineData("",
        "c.yaml: the file declares nothing (expected at least one of mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)")]
    [InlineData("# nothing\n",
        "c.yaml: the file declares nothing (expected at least one of mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)")]
    [InlineData("---\n",
        "c.yaml: the file declares nothing (expected at least one of mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)")]
    [InlineData("{}\n",
        "c.yaml: the file declares nothing (expected at least one of mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)")]
    [InlineData("~\n",
        "c.yaml: the file declares nothing (expected at least one of mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)")]
    [InlineData("mode:\n",
        "c.yaml:1:6: mode has no value (expected enforce or audit)")]
    [InlineData("? [a]\n: b\n",
        "c.yaml:1:3: a list as a key (expected a word)")]
    [InlineData(": b\n",
        "c.yaml:1:1: an empty key")]
    [InlineData("\"a\\u0007b\": c\n",
        "c.yaml:1:1: a control character in the key 'a\\u0007b'")]
    [InlineData("[[[[[[[[[[[[[[[[\n",
        "c.yaml:2:1: not valid YAML: while parsing a node, did not find expected node content")]
    [InlineData("mode: [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]\n",
        "c.yaml:1:7: mode is a list (expected enforce or audit)")]
    [InlineData("mode: [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]\n",
        "c.yaml:1:22: nested deeper than 16 levels")]
    [InlineData("- - - - - - - - - - - - - - - - - - - - \n",
        "c.yaml:1:33: nested deeper than 16 levels")]
    [InlineData("mode: 'enforce\n",
        "c.yaml:1:7: not valid YAML: a quote that is never closed (while scanning a quoted scalar, found unexpected end of stream)")]
    [InlineData("mode: \"\\q\"\n",
        "c.yaml:1:7: not valid YAML: a backslash between double quotes begins an escape; use single quotes (while scanning a quoted scalar, found unknown escape character)")]
    [InlineData("%YAML 9.9\n---\nmode: enforce\n",
        "c.yaml:1:1: not valid YAML: found incompatible YAML document")]
    [InlineData("mode: @enforce\n",
        "c.yaml:1:7: not valid YAML: a text cannot begin with this character; put quotes around it (while scanning for the next token, found character that cannot start any token)")]
    [InlineData("mode: `enforce`\n",
        "c.yaml:1:7: not valid YAML: a text cannot begin with this character; put quotes around it (while scanning for the next token, found character that cannot start any token)")]
    public void WhatIsNotPlainYamlIsRefusedAtItsPlace(string text, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(text));
}
