using System.Diagnostics;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>The bare tools of one variant, IPv4.</summary>
/// <param name="Backend">The variant.</param>
internal sealed record Tools(Backend Backend)
{
    private const string Floor = "-I DOCKER-USER -s 192.0.2.1/32 -j RETURN";

    /// <summary>
    /// The floor that a repair is compared with: look once at the table, put one rule in. Takes the rule out again, which is
    /// not counted.
    /// </summary>
    public double LookAndInsert()
    {
        var took = Timed.Run(Name("-save"), ["-t", "filter"]).Milliseconds + Restore(Text([Floor]));
        Iptables(["-D", .. Floor.Split(' ')[1..]]);
        return took;
    }

    /// <summary>Loads text and leaves alone what it does not name.</summary>
    public double Restore(string text) => Timed.Run(Name("-restore"), ["--noflush", "--wait"], text).Milliseconds;

    /// <summary>The filter table.</summary>
    public string Save() => Timed.Run(Name("-save"), ["-t", "filter"]).Output;

    /// <summary>Starts iptables and does not wait for its end.</summary>
    public Process Begin(params IReadOnlyList<string> arguments) => Programs.Start(Name(""), ["--wait", .. arguments]);

    public void Iptables(params IReadOnlyList<string> arguments) => Timed.Run(Name(""), ["--wait", .. arguments]);

    /// <summary>Lines as iptables-restore takes them.</summary>
    public static string Text(IEnumerable<string> lines) => $"*filter\n{string.Concat(lines.Select(line => line + "\n"))}COMMIT\n";

    private string Name(string action) => $"iptables-{Backend.Name()}{action}";
}
