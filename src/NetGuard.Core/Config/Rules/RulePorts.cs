using System.Globalization;

namespace NetGuard.Core.Config.Rules;

/// <summary>Reads what stands behind <c>--dport</c> and its like.</summary>
internal static class RulePorts
{
    /// <summary>What is wrong with ports, or null. Names of services are left to iptables.</summary>
    public static string? Fault(string text)
    {
        foreach (var port in text.Split(',', ':'))
        {
            if (port.Length > 0 && port.All(char.IsAsciiDigit)
                && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 65535))
            {
                return $"{Printed.Quoted(port)} is no port (expected 0 to 65535)";
            }
        }

        return null;
    }
}
