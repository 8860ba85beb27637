namespace NetGuard.Core.Config.Docker;

/// <summary>Reads what chooses containers.</summary>
internal static class ContainerSelectorText
{
    private const string Expected = "expected a container's name, service:NAME or label:KEY=VALUE";

    /// <summary>What is wrong with it, or null.</summary>
    public static string? Read(string text, out ContainerSelector selector)
    {
        selector = new(SelectorKind.Name, text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return text.StartsWith('/') && IsName(text[1..]) ? $"{Printed.Quoted(text)} is no container's name (did you mean '{text[1..]}')"
                : IsName(text) ? null
                : $"{Printed.Quoted(text)} is no container's name ({Expected})";
        }

        var (kind, name) = (text[..colon], text[(colon + 1)..]);
        switch (kind)
        {
            case "service":
                selector = new(SelectorKind.Service, name);
                return IsName(name) ? null : $"{Printed.Quoted(name)} is no service's name (expected letters, digits, '.', '_' or '-')";
            case "label":
                var equals = name.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0 || Printed.Unprintable(name) >= 0)
                {
                    return $"{Printed.Quoted(text)} names no label (expected label:KEY=VALUE)";
                }

                selector = new(SelectorKind.Label, name[..equals], name[(equals + 1)..]);
                return null;
            default:
                var near = Spelling.Nearest(kind, ["service", "label"]);
                return $"{Printed.Quoted(text)} chooses no containers ({Expected}{(near is null ? "" : $"; did you mean '{near}:{name}'")})";
        }
    }

    /// <summary>Whether Docker lets a container or a network be called that: RestrictedNamePattern in moby's daemon/names.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 255 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
