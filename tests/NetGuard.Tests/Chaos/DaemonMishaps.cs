using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Chaos;

// What befalls the daemon itself, while the others act. One alone plays these, one after the other.

/// <summary>The configuration is read again.</summary>
internal sealed record Reloaded : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        await stage.Reload();
        return true;
    }
}

/// <summary>The configuration is another from now on.</summary>
internal sealed record ConfigEdited(int Edition) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        stage.Declare(Declared.Editions[Edition]);
        await stage.Reload();
        return true;
    }
}

/// <summary>The configuration is spoilt, or gone, and is only made good when the daemon has said that it does not take it.</summary>
internal sealed record ConfigSpoilt(string? Text) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        await stage.IsGuarding();
        var said = stage.Daemon.Lines.Count;
        stage.Spoil(Text);
        try
        {
            await stage.Reload();
            await stage.Daemon.WaitForLine(line => line.Contains("configuration not reloaded", StringComparison.Ordinal), said);
        }
        finally
        {
            stage.Declare(stage.Declared);
        }

        // What was meant before may have been read when it was spoilt already.
        await stage.Reload();
        return true;
    }
}

/// <summary>The daemon stands still for so many milliseconds.</summary>
internal sealed record Halted(int Milliseconds) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        stage.Daemon.Send(Signal.Stop);
        try
        {
            await Task.Delay(Milliseconds);
        }
        finally
        {
            stage.Daemon.Send(Signal.Continue);
        }

        return true;
    }
}

/// <summary>The daemon is killed, so many times in a row after so many milliseconds, and started again each time as systemd does.</summary>
internal sealed record Killed(int Times, int After) : Mishap
{
    public override async Task<bool> Play(Stage stage)
    {
        for (var i = 0; i < Times; i++)
        {
            await Task.Delay(After);
            await stage.Kill();
        }

        await stage.IsGuarding();
        return true;
    }
}
