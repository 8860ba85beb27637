using System.Globalization;
using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Core.Healing;

/// <summary>
/// Knows Docker's rules by their form. What has another form is not Docker's, as far as can be told, wherever it stands. The forms are those of
/// Docker 17.06 to 29, with iptables: moby, libnetwork/drivers/bridge and its iptabler/testdata. Left out are those of swarm's ingress, whose
/// addresses the engine does not report.
/// </summary>
public static class DockersRules
{
    // {br} bridge, {br2} another one, {ct} a container's address, {net} a network's addresses, {host} any address, {to} address:port of a
    // container, {p} a transport, {port} a container's port, {hport} a host's. What stands more than once is the same each time.
    private static readonly (string Chain, string[] Forms)[] Known =
    [
        ("FORWARD",
        [
            "-j DOCKER-USER", "-j DOCKER-FORWARD", "-j DOCKER-ISOLATION-STAGE-1", "-j DOCKER-ISOLATION",
            "-o {br} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-o {br} -j DOCKER",
            "-i {br} ! -o {br} -j ACCEPT", "-i {br} -o {br} -j ACCEPT", "-i {br} -o {br} -j DROP",
            "-m set --match-set {ext} dst -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-m set --match-set {ext} dst -j DOCKER",
        ]),
        ("DOCKER-FORWARD",
        [
            "-j DOCKER-CT", "-j DOCKER-INTERNAL", "-j DOCKER-BRIDGE", "-j DOCKER-ISOLATION-STAGE-1",
            "-m set --match-set {ext} dst -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-m set --match-set {ext} dst -j DOCKER",
            "-i {br} -j ACCEPT", "-i {br} ! -o {br} -j ACCEPT", "-i {br} -o {br} -j ACCEPT", "-i {br} -o {br} -j DROP",
        ]),
        ("DOCKER-CT", ["-o {br} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"]),
        ("DOCKER-BRIDGE", ["-o {br} -j DOCKER"]),
        ("DOCKER-INTERNAL", ["! -s {net} -o {br} -j DROP", "! -d {net} -i {br} -j DROP"]),
        ("DOCKER-ISOLATION", ["-i {br} -o {br2} -j DROP", "-j RETURN"]),
        ("DOCKER-ISOLATION-STAGE-1",
        [
            "-i {br} ! -o {br} -j DOCKER-ISOLATION-STAGE-2", "! -s {net} -o {br} -j DROP", "! -d {net} -i {br} -j DROP", "-j RETURN",
        ]),
        ("DOCKER-ISOLATION-STAGE-2", ["-o {br} -j DROP", "-j RETURN"]),
        ("DOCKER-USER", ["-j RETURN"]),
        ("DOCKER",
        [
            "-d {ct} ! -i {br} -o {br} -p {p} -m {p} --dport {port} -j ACCEPT",
            "-s {ct2} -d {ct} -i {br} -o {br} -p {p} -m {p} --dport {link} -j ACCEPT",
            "-s {ct} -d {ct2} -i {br} -o {br} -p {p} -m {p} --sport {link} -j ACCEPT",
            "-d {ct} -i {br} -o {br} -p {p} -m {p} --dport {port} -m conntrack ! --ctorigdst {ct} -j ACCEPT",
            "-o {br} -p icmp -j ACCEPT", "-o {br} -p ipv6-icmp -j ACCEPT",
            "-i {br} -o {br} -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT", "-i {br} -o {br} -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT",
            "! -i {br} -o {br} -j DROP", "! -i {br} -o {br} -j ACCEPT",
        ]),
        ("nat/PREROUTING", ["-m addrtype --dst-type LOCAL -j DOCKER"]),
        ("nat/OUTPUT",
        [
            "-m addrtype --dst-type LOCAL -j DOCKER", "! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER", "! -d ::1/128 -m addrtype --dst-type LOCAL -j DOCKER",
        ]),
        ("nat/POSTROUTING",
        [
            "-s {net} ! -o {br} -j MASQUERADE", "-s {net} ! -o {br} -j SNAT --to-source {host}",
            "-o {br} -m addrtype --src-type LOCAL -j MASQUERADE", "-o {br} -m addrtype --src-type LOCAL -j SNAT --to-source {host}",
            "-s {ct} -d {ct} -p {p} -m {p} --dport {port} -j MASQUERADE",
        ]),
        ("nat/DOCKER",
        [
            "-i {br} -j RETURN", "-d 127.0.0.0/8 -i loopback0 -j RETURN",
            "! -i {br} -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}", "-p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}",
            "-d {host} ! -i {br} -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}", "-d {host} -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}",
            "! -s fe80::/10 ! -i {br} -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}",
            "! -s fe80::/10 -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}",
            "! -s fe80::/10 -d {host} ! -i {br} -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}",
            "! -s fe80::/10 -d {host} -p {p} -m {p} --dport {hport} -j DNAT --to-destination {to}",
        ]),
        ("raw/PREROUTING",
        [
            "-d {ct} ! -i {br} -j DROP", "-d {ct} ! -i {br} -p {p} -m {p} --dport {port} -j DROP",
            "-d {host} ! -i lo -p {p} -m {p} --dport {hport} -j DROP", "-d {host} -i loopback0 -p {p} -m {p} --dport {hport} -j ACCEPT",
        ]),
    ];

    private static readonly ILookup<string, string[]> Forms =
        Known.SelectMany(chain => chain.Forms, (chain, form) => (chain.Chain, Words: form.Split(' '))).ToLookup(form => form.Chain, form => form.Words);

    /// <summary>The chains that Docker makes.</summary>
    public static IReadOnlySet<ChainKey> OwnChains { get; } =
        Known.Select(chain => Key(chain.Chain)).Where(key => !key.IsBuiltin).ToHashSet();

    /// <summary>All chains in which Docker has rules.</summary>
    public static IReadOnlyList<ChainKey> Chains { get; } = [.. Known.Select(chain => Key(chain.Chain))];

    /// <summary>What a rule is about; null where it is not Docker's, or that cannot be told.</summary>
    public static DockerClaim? Recognise(ChainKey chain, Rule rule)
    {
        if (rule.IsOwned || rule.IsOpaque || !Forms.Contains(chain.ToString()))
        {
            return null;
        }

        var words = RuleWords.Split(rule.Text);
        return words.Exists(word => word.Quoted) ? null
            : Forms[chain.ToString()].Select(form => Read(form, words)).FirstOrDefault(claim => claim is not null);
    }

    private static DockerClaim? Read(string[] form, List<RuleWord> words)
    {
        if (form.Length != words.Count)
        {
            return null;
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i][0] != '{')
            {
                if (form[i] != words[i].Text)
                {
                    return null;
                }
            }
            else if (Value(form[i], words[i].Text) is not { } value || found.TryGetValue(form[i], out var former) && former != value)
            {
                return null;
            }
            else
            {
                found[form[i]] = value;
            }
        }

        return Claim(found);
    }

    // What stands in a place, in the engine's form; null where that cannot stand there.
    private static string? Value(string place, string word) => place switch
    {
        "{br}" or "{br2}" => word is "lo" or "loopback0" || word.EndsWith('+') ? null : word,
        "{ct}" or "{ct2}" or "{host}" => word.EndsWith("/32", StringComparison.Ordinal) ? word[..^3]
            : word.EndsWith("/128", StringComparison.Ordinal) ? word[..^4]
            : word.Contains('/', StringComparison.Ordinal) ? null : word,
        "{net}" => word.Contains('/', StringComparison.Ordinal) ? word : null,
        "{ext}" => word is "docker-ext-bridges-v4" or "docker-ext-bridges-v6" ? word : null,
        "{p}" => word is "tcp" or "udp" or "sctp" ? word : null,
        "{port}" or "{hport}" or "{link}" => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? word : null,
        "{to}" => System.Net.IPEndPoint.TryParse(word, out var end) && end.Port != 0 ? word : null,
        _ => null,
    };

    private static DockerClaim Claim(Dictionary<string, string> found)
    {
        var to = found.TryGetValue("{to}", out var end) ? System.Net.IPEndPoint.Parse(end) : null;
        var (container, port) = (to?.Address.ToString() ?? found.GetValueOrDefault("{ct}"), to?.Port ?? Number("{port}"));
        return new()
        {
            Bridges = Present(found.GetValueOrDefault("{br}"), found.GetValueOrDefault("{br2}")),
            Containers = Present(container, found.GetValueOrDefault("{ct2}")),
            Published = port is not null || Number("{hport}") is not null
                ? new(
                    found["{p}"] switch { "tcp" => Transport.Tcp, "udp" => Transport.Udp, _ => Transport.Sctp },
                    found.GetValueOrDefault("{host}"), Number("{hport}"), container, port)
                : null,
        };

        int? Number(string place) => found.TryGetValue(place, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;
    }

    private static ValueList<string> Present(params string?[] values) => [.. values.OfType<string>()];

    private static ChainKey Key(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && TableName.TryParse(text.AsSpan(0, slash), out var table) ? new(table, new(text[(slash + 1)..])) : new(TableName.Filter, new(text));
    }
}
