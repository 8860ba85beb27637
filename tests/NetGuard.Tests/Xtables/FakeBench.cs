using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;

namespace NetGuard.Tests.Xtables;

internal sealed class FakeBench : IBench
{
    private readonly FakeXtables _fake = new();

    public IXtables Xtables => _fake;

    public Task Load(Family family, string text)
    {
        _fake.Tables[family].Load(text);
        return Task.CompletedTask;
    }

    public Task<string> Dump(Family family) => Task.FromResult(_fake.Tables[family].Save(counters: true));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
