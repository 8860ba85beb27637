using NetGuard.Core.State;

namespace NetGuard.Tests.Xtables;

public sealed class LegacyXtablesTests : XtablesContract
{
    protected override async Task<IBench> Make() => await NetnsBench.Make(Backend.Legacy);
}
