using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Tests.Xtables;

/// <summary>Tables to try things on, and a stranger's way into them.</summary>
public interface IBench : IAsyncDisposable
{
    IXtables Xtables { get; }

    /// <summary>Loads what strangers have there, in place of what the named tables held. Counters are taken.</summary>
    Task Load(Family family, string text);

    /// <summary>All tables, as iptables-save --counters prints them.</summary>
    Task<string> Dump(Family family);
}
