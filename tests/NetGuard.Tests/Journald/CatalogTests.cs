using NetGuard.Core.Journal;
using NetGuard.Core.Tests.Config;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Journald;

public class CatalogTests
{
    [Fact]
    public async Task JournalctlTakesTheCatalogAndExplainsEachEvent()
    {
        var root = Directory.CreateTempSubdirectory("netguard-catalog-").FullName;
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, "usr/lib/systemd/catalog")).FullName;
            Directory.CreateDirectory(Path.Combine(root, "var/lib/systemd/catalog"));
            await File.WriteAllTextAsync(Path.Combine(folder, "netguard.catalog"), Packaging.Read("journald/netguard.catalog"), TestContext.Current.CancellationToken);
            var updated = (await Programs.Run("journalctl", [$"--root={root}", "--update-catalog"])).Succeeded();
            Assert.Equal("", updated.Errors);
            var listed = (await Programs.Run("journalctl", [$"--root={root}", "--list-catalog"])).Succeeded().Output;
            Assert.All(GuardEvents.All, one => Assert.Contains($"{one.MessageId} NetGuard: ", listed, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
