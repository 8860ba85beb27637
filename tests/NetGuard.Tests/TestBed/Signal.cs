namespace NetGuard.Tests.TestBed;

/// <summary>The signals that tests send, numbered as on every Linux architecture that .NET runs on.</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
