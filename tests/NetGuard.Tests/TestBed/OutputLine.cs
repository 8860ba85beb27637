namespace NetGuard.Tests.TestBed;

/// <summary>One line of a running program.</summary>
public sealed record OutputLine(string Text, bool IsError);
