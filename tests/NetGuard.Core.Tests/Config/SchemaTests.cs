using System.Text.Json;
using System.Text.RegularExpressions;
using NetGuard.Core.Config;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class SchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(Packaging.Read("examples/netguard.schema.json")).RootElement;

    [Fact]
    public void TheSchemaKnowsTheKeysThatTheParserKnows()
    {
        AssertKeys(ConfigKeys.Root, Schema);
        AssertKeys(ConfigKeys.Forwarding, At("properties/forwarding"));
        AssertKeys(ConfigKeys.ByFamily, At("properties/forwarding/properties/interfaces/additionalProperties/anyOf/1"));
        AssertKeys(ConfigKeys.Chain, At("definitions/chain"));
        AssertKeys(ConfigKeys.ByFamily, At("definitions/chain/properties/policy/anyOf/1"));
        AssertKeys(ConfigKeys.Rule, At("definitions/rule"));
        AssertKeys(ConfigKeys.Docker, At("properties/docker"));
        AssertKeys(ConfigKeys.DockerNetwork, At("properties/docker/properties/networks/additionalProperties"));
        AssertKeys(ConfigKeys.DockerLink, At("definitions/link"));
        AssertKeys(ConfigKeys.DockerPublished, At("definitions/published"));
        AssertKeys(ConfigKeys.Metrics, At("properties/metrics"));
    }

    [Fact]
    public void TheSchemaKnowsTheWordsThatTheParserKnows()
    {
        AssertWords(Vocabularies.Mode.Words, "properties/mode");
        AssertWords(Vocabularies.Backend.Words, "properties/backend");
        AssertWords(Vocabularies.Family.Words, "definitions/family");
        AssertWords(Vocabularies.Switch.Words, "definitions/switch");
        AssertWords(Vocabularies.Policy.Words, "definitions/policy");
        AssertWords(Vocabularies.Position.Words, "definitions/rule/properties/position");
        AssertWords(Vocabularies.Icc.Words, "definitions/icc");
        AssertWords(Vocabularies.OnOff.Words, "properties/docker/properties/heal");
        Assert.Equal("boolean", At("definitions/chain/properties/exclusive/type").GetString());
    }

    [Fact]
    public void TheSchemaShowsTheDefaults()
    {
        var config = new GuardConfig();
        Assert.Equal("enforce", At("properties/mode/default").GetString());
        Assert.Equal(config.Mode, ConfigText.Config($"mode: {At("properties/mode/default")}\n").Mode);
        Assert.Equal(config.Interval, ConfigText.Config($"interval: {At("properties/interval/default")}\n").Interval);
        Assert.Equal(config.Backend, ConfigText.Config($"backend: {At("properties/backend/default")}\n").Backend);
        Assert.Equal(DockerConfig.DefaultSocket, At("properties/docker/properties/socket/default").GetString());
        Assert.Equal(ConfigText.Config("docker: {}\n").Docker, ConfigText.Config($"docker: {{heal: {At("properties/docker/properties/heal/default")}, icc: {At("definitions/icc/default")}}}\n").Docker);
        Assert.Equal(config.Families, ConfigText.Config($"families: {At("properties/families/default")}\n").Families);
    }

    [Theory]
    [InlineData("properties/interval/pattern", "interval: WORD\n", "60s|1m30s|500ms5s|60|||x|1h30m|5 m|s")]
    [InlineData("properties/chains/propertyNames/pattern", "chains: {'WORD': }\n", "FORWARD|nat/DOCKER|x/DOCKER|a b|-a|a/b|ABCDEFGHIJKLMNOPQRSTUVWXYZAB|ABCDEFGHIJKLMNOPQRSTUVWXYZABC")]
    [InlineData("properties/sysctls/propertyNames/pattern", "sysctls: {'WORD': 1}\n", "net.ipv4.ip_forward|net/ipv4/x|kernel.panic|network")]
    [InlineData("definitions/rule/properties/name/pattern", "chains: {X: {rules: [{name: 'WORD', rule: -j A}]}}\n", "a|only-8.8.8.8|r-1|reach-1|a b||x_y|r.1")]
    [InlineData("definitions/containers/pattern", "docker: {links: [{from: 'WORD', to: b, ports: [1]}]}\n", "app|/app|a b|service:web|service:|label:a=b|label:a=|label:=b|label:a|x:y|-a|a_b.c-d")]
    [InlineData("definitions/ports/items/pattern", "docker: {links: [{from: a, to: b, ports: ['WORD']}]}\n", "80|80/tcp|53/udp|1-2/sctp|80/http||a|8080:80|1-2-3")]
    [InlineData("properties/docker/properties/networks/propertyNames/pattern", "docker: {networks: {'WORD': {icc: deny}}}\n", "bridge|a b|-a|a.b_c-d")]
    [InlineData("definitions/published/properties/interfaces/items/pattern", "docker: {published: [{interfaces: ['WORD'], allow: []}]}\n", "eth0|eth+|a/b|a b|a:b|abcdefghijklmnop")]
    [InlineData("properties/metrics/properties/textfile/pattern", "metrics: {textfile: 'WORD'}\n", "/a.prom|/var/lib/x/netguard.prom|a.prom|/a|/a/.prom|/.prom|/a.prom/||/a/..prom")]
    public void TheSchemasPatternsTakeWhatTheParserTakes(string path, string text, string words)
    {
        var pattern = new Regex(At(path).GetString()!);
        foreach (var word in words.Split('|'))
        {
            Assert.Equal(ConfigText.Parse(text.Replace("WORD", word, StringComparison.Ordinal)).Config is not null, pattern.IsMatch(word));
        }
    }

    private static JsonElement At(string path) =>
        path.Split('/').Aggregate(Schema, (e, step) => e.ValueKind == JsonValueKind.Array ? e[int.Parse(step)] : e.GetProperty(step));

    private static void AssertKeys(IReadOnlyList<string> keys, JsonElement mapping)
    {
        Assert.Equal(keys, mapping.GetProperty("properties").EnumerateObject().Select(p => p.Name));
        Assert.False(mapping.GetProperty("additionalProperties").GetBoolean());
    }

    private static void AssertWords(IReadOnlyList<string> words, string path) =>
        Assert.Equal(words, At(path).GetProperty("enum").EnumerateArray().Select(w => w.GetString()!));
}
