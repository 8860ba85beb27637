using NetGuard.Core.Ports;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.Sysctl;

/// <summary>Settings that refuse to be used from another thread than the one they were made on: there they would be the machine's own.</summary>
internal sealed class OnThisThread(ISysctls inner) : ISysctls
{
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public SysctlReading Read(SysctlKey key)
    {
        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        return inner.Read(key);
    }

    public void Write(SysctlKey key, string value)
    {
        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        inner.Write(key, value);
    }
}
