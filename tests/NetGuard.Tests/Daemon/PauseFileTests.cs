using NetGuard.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>What a daemon leaves of its pause, and what the next one makes of it.</summary>
public sealed class PauseFileTests : IDisposable
{
    private static readonly TimeSpan Boot = TimeSpan.FromHours(5);

    private readonly ConfigDir _folder = new();

    private string Written => Assert.Single(Directory.GetFiles(_folder.Path));

    [Fact]
    public void TheNextDaemonTakesUpTheRest()
    {
        Assert.Null(Make(Boot).Begin(TimeSpan.FromHours(1)));
        var next = Make(Boot + TimeSpan.FromMinutes(20));
        Assert.Null(next.Resume());
        Assert.Equal(TimeSpan.FromMinutes(40), next.Left);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Written));
    }

    [Fact]
    public void WhatHasRunOutOrWasEndedIsNotTakenUp()
    {
        Make(Boot).Begin(TimeSpan.FromHours(1));
        Assert.True(IsRefused(Make(Boot + TimeSpan.FromHours(1)), isDamaged: false));
        var ended = Make(Boot);
        ended.Begin(TimeSpan.FromHours(1));
        Assert.True(ended.End());
        Assert.False(ended.End());
        Assert.True(IsRefused(Make(Boot), isDamaged: false));
    }

    [Fact]
    public void NoFileMakesAPauseLongerThanTheLongest()
    {
        Make(Boot).Begin(TimeSpan.FromHours(20));
        // As if the clock of this boot had been behind: more than 24 hours would be left.
        Assert.True(IsRefused(Make(Boot - TimeSpan.FromHours(4.5)), isDamaged: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("BOOT COOKIE -5")]
    [InlineData("BOOT COOKIE 99999999999999999999")]
    [InlineData("BOOT COOKIE 21600000 more")]
    [InlineData("BOOT COOKIE 0x10")]
    public void ADamagedFileIsSaidToBeSoAndTakenAway(string text)
    {
        var (boot, cookie) = OfThisBoot();
        File.WriteAllText(Written, text.Replace("BOOT", boot, StringComparison.Ordinal).Replace("COOKIE", cookie, StringComparison.Ordinal));
        Assert.True(IsRefused(Make(Boot), isDamaged: true));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void AFileOfAnotherBootOrNamespaceIsWorthNothing()
    {
        var (boot, cookie) = OfThisBoot();
        var path = Written;
        File.WriteAllText(path, $"00000000-0000-0000-0000-000000000000 {cookie} 21600000\n");
        Assert.True(IsRefused(Make(Boot), isDamaged: false));
        File.WriteAllText(path, $"{boot} 1{cookie} 21600000\n");
        Assert.True(IsRefused(Make(Boot), isDamaged: false));
        File.WriteAllText(path, $"{boot} {cookie} 21600000\n");
        Assert.False(IsRefused(Make(Boot), isDamaged: false));
    }

    [Fact]
    public void AFileThatOthersCouldHaveWrittenIsRefused()
    {
        Make(Boot).Begin(TimeSpan.FromHours(1));
        var (path, text) = (Written, File.ReadAllText(Written));
        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_100);
        Assert.True(IsRefused(Make(Boot), isDamaged: true));

        var elsewhere = _folder.Write("elsewhere", text);
        File.CreateSymbolicLink(path, elsewhere);
        Assert.True(IsRefused(Make(Boot), isDamaged: true));
        File.Delete(elsewhere);

        Directory.CreateDirectory(path);
        Assert.True(IsRefused(Make(Boot), isDamaged: true));
        Directory.Delete(path);

        _folder.Write(Path.GetFileName(path), text + new string('0', 300));
        Assert.True(IsRefused(Make(Boot), isDamaged: true));
    }

    [Fact]
    public void WhereItCannotBeKeptThePauseHoldsAndSaysSo()
    {
        var pause = new Pause(TimeProvider.System, () => Boot, new PauseFile(_folder.Write("no-folder", "")));
        Assert.NotNull(pause.Begin(TimeSpan.FromHours(1)));
        Assert.True(pause.IsActive);
    }

    [Fact]
    public void SettingTheClockMovesTheHourThatIsToldAndNotTheEnd()
    {
        var time = new SetClock();
        using var pause = new Pause(time, () => Boot, new PauseFile(_folder.Path));
        pause.Begin(TimeSpan.FromHours(1));
        Assert.Equal(time.Now + TimeSpan.FromHours(1), pause.Until);
        time.Now -= TimeSpan.FromDays(365);
        Assert.Equal(TimeSpan.FromHours(1), pause.Left);
        Assert.Equal(time.Now + TimeSpan.FromHours(1), pause.Until);
        time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(time.Now + TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1), pause.Until);
    }

    public void Dispose() => _folder.Dispose();

    private Pause Make(TimeSpan now) => new(TimeProvider.System, () => now, new PauseFile(_folder.Path));

    private static bool IsRefused(Pause pause, bool isDamaged)
    {
        Assert.Equal(isDamaged, pause.Resume() is not null);
        return !pause.IsActive;
    }

    private (string Boot, string Cookie) OfThisBoot()
    {
        Make(Boot).Begin(TimeSpan.FromHours(1));
        return File.ReadAllText(Written).Split(' ') is [var boot, var cookie, _] ? (boot, cookie) : throw new InvalidDataException(Written);
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 24, 22, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
