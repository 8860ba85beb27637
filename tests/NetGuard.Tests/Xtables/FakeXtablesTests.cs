namespace NetGuard.Tests.Xtables;

public sealed class FakeXtablesTests : XtablesContract
{
    protected override Task<IBench> Make() => Task.FromResult<IBench>(new FakeBench());
}
