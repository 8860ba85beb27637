namespace NetGuard.Core.Control;

/// <summary>A fight that goes on.</summary>
/// <param name="About">What is fought over: <c>ipv4 DOCKER-USER</c>.</param>
/// <param name="Rounds">How often it was repaired.</param>
/// <param name="By">Who undid it last, in words.</param>
public sealed record ContentionReport(string About, int Rounds, string By);
