using System.Globalization;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Core.Tests.Fakes;

/// <summary>The part of /proc/sys/net whose settings move each other. NetGuard.Tests holds it to the kernel's behaviour.</summary>
public sealed class FakeSysctls : ISysctls
{
    private static readonly string[] Ipv4Names = ["forwarding", "accept_redirects", "rp_filter", "send_redirects"];
    private static readonly string[] Ipv6Names = ["forwarding", "disable_ipv6", "accept_ra", "ignore_routes_with_linkdown"];

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = [];
    private readonly string[] _interfaces;

    public FakeSysctls(params string[] interfaces)
    {
        _interfaces = interfaces;
        _values["net/ipv4/ip_forward"] = "0";
        foreach (var at in (string[])["all", "default", .. interfaces])
        {
            foreach (var name in Ipv4Names)
            {
                _values[$"net/ipv4/conf/{at}/{name}"] = name is "accept_redirects" or "send_redirects" ? "1" : "0";
            }

            foreach (var name in Ipv6Names)
            {
                _values[$"net/ipv6/conf/{at}/{name}"] = name == "accept_ra" ? "1" : "0";
            }
        }
    }

    /// <summary>All settings that are modelled.</summary>
    public IEnumerable<SysctlKey> Keys => _values.Keys.Select(SysctlKey.Parse);

    /// <summary>The writes so far, refused ones too.</summary>
    public List<SysctlKey> Writes { get; } = [];

    /// <summary>What a setting answers to a write instead of taking it; null to take it.</summary>
    public Func<SysctlKey, string, string?> Refusal { get; set; } = (_, _) => null;

    /// <summary>What happens after each write that was taken: somebody else at work, or a coupling that nobody knew.</summary>
    public Action<SysctlKey> AfterWrite { get; set; } = _ => { };

    /// <summary>The settings that are there but cannot be read.</summary>
    public HashSet<SysctlKey> Unreadable { get; } = [];

    /// <summary>Sets a value without the coupling, or adds a setting.</summary>
    public string this[string name]
    {
        get => _values[SysctlKey.Parse(name).RelativePath];
        set => _values[SysctlKey.Parse(name).RelativePath] = value;
    }

    public SysctlReading Read(SysctlKey key) =>
        Unreadable.Contains(key) ? new(null, $"{key}: unreadable")
        : _values.TryGetValue(key.RelativePath, out var value) ? new(value, null)
        : default;

    public void Write(SysctlKey key, string value)
    {
        Writes.Add(key);
        if (Refusal(key, value) is { } refusal)
        {
            throw new IOException(refusal);
        }

        if (!_values.ContainsKey(key.RelativePath))
        {
            throw new IOException($"{key}: the kernel does not have this setting");
        }

        var first = value.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("");
        if (!int.TryParse(first, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || first[0] == '+')
        {
            throw new IOException($"{key}: the kernel refuses the value \"{value}\" (Invalid argument)");
        }

        Take(key.RelativePath, number.ToString(CultureInfo.InvariantCulture));
        AfterWrite(key);
    }

    private void Take(string path, string value)
    {
        switch (path.Split('/'))
        {
            case ["net", "ipv4", "ip_forward"] or ["net", "ipv4", "conf", "all", "forwarding"]:
                ForwardChange(value);
                break;
            case ["net", "ipv4", "conf", "default", "forwarding"]:
                _values[path] = value;
                break;
            case ["net", "ipv4", "conf", "default", var name]:
                _values[path] = value;
                foreach (var other in _interfaces.Select(i => $"net/ipv4/conf/{i}/{name}").Where(other => !_touched.Contains(other)))
                {
                    _values[other] = value;
                }

                break;
            case ["net", "ipv6", "conf", "all", "forwarding" or "disable_ipv6" or "ignore_routes_with_linkdown"]:
                // Unlike IPv4's this goes through even where the value is the one that was there.
                foreach (var at in (string[])["all", "default", .. _interfaces])
                {
                    _values[$"net/ipv6/conf/{at}/{path[(path.LastIndexOf('/') + 1)..]}"] = value;
                }

                break;
            default:
                _values[path] = value;
                _touched.Add(path);
                break;
        }
    }

    private void ForwardChange(string value)
    {
        if (_values["net/ipv4/ip_forward"] == value)
        {
            return;
        }

        _values["net/ipv4/ip_forward"] = value;
        _values["net/ipv4/conf/all/accept_redirects"] = value == "0" ? "1" : "0";
        foreach (var at in (string[])["all", "default", .. _interfaces])
        {
            _values[$"net/ipv4/conf/{at}/forwarding"] = value;
        }
    }
}
