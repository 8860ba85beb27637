using NetGuard.Core.Config;

namespace NetGuard.Core.Tests.Config;

/// <summary>Files c.yaml, 1.yaml, 2.yaml, ... from their texts.</summary>
internal static class ConfigText
{
    public static ConfigResult Parse(params string[] texts) =>
        ConfigParser.Parse([.. texts.Select((text, i) => new ConfigFile(i == 0 ? "c.yaml" : $"{i}.yaml", text))]);

    public static GuardConfig Config(params string[] texts)
    {
        var result = Parse(texts);
        return result.Config ?? throw new InvalidOperationException(string.Join('\n', result.Mistakes));
    }

    public static string Mistakes(params string[] texts)
    {
        var result = Parse(texts);
        Xunit.Assert.Equal(result.Config is null, result.Mistakes.Count > 0);
        return string.Join('\n', result.Mistakes);
    }

    public static string WithRule(string yaml) => $"chains:\n  DOCKER-USER:\n    rules:\n      - {yaml}\n";
}
