using NetGuard.Core.Journal;
using Xunit;

namespace NetGuard.Core.Tests.Journal;

public class GuardEventsTests
{
    [Fact]
    public void EachHasANameAndAnIdOfItsOwn()
    {
        Assert.All(GuardEvents.All, one => Assert.Matches("^[a-z]+(-[a-z]+)*$", one.Name));
        Assert.All(GuardEvents.All, one => Assert.Matches("^[0-9a-f]{32}$", one.MessageId));
        Assert.Equal(GuardEvents.All.Count, GuardEvents.All.Select(one => one.Name).Distinct().Count());
        Assert.Equal(GuardEvents.All.Count, GuardEvents.All.Select(one => one.MessageId).Distinct().Count());
        Assert.All(GuardEvents.All.SelectMany(one => one.Fields), field => Assert.Matches("^NETGUARD_[A-Z_]{1,55}$", field));
    }

    [Fact]
    public void TheCatalogExplainsEveryEventAndNoOther()
    {
        var entries = CatalogEntry.All();
        var unexplained = GuardEvents.All.Where(one => entries.All(entry => entry.Id != one.MessageId)).ToList();
        Assert.True(unexplained.Count == 0, "packaging/journald/netguard.catalog lacks:\n" + string.Join('\n', unexplained.Select(one =>
            $"\n-- {one.MessageId}\nSubject: {one.Name}\nDefined-By: NetGuard\nSupport: man:netguard(8)\nDocumentation: man:netguard(8) man:netguard.yaml(5)\n\nWhat it means.\n\nWhat to do.")));
        Assert.Equal(GuardEvents.All.Select(one => one.MessageId).Order(StringComparer.Ordinal), entries.Select(entry => entry.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EachEntryOfTheCatalogSaysWhoseItIsAndWhatToDoAndUsesOnlyItsEventsFields()
    {
        foreach (var entry in CatalogEntry.All())
        {
            var one = GuardEvents.All.First(e => e.MessageId == entry.Id);
            Assert.Equal(["Subject", "Defined-By", "Support", "Documentation"], entry.Headers.Keys);
            Assert.Equal("NetGuard", entry.Headers["Defined-By"]);
            Assert.True(entry.Text.Trim().Split("\n\n").Length >= 2, $"{one.Name}: what it means, and in a paragraph of its own what to do");
            Assert.All(entry.Text.Split('\n'), line => Assert.True(line.Length <= 90, $"{one.Name}: {line}"));
            Assert.All(entry.Placeholders, field => Assert.True(field == "MESSAGE" || one.Fields.Contains(field), $"{one.Name} has no field {field}"));
        }
    }
}
