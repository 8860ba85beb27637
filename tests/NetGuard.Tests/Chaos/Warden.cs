namespace NetGuard.Tests.Chaos;

/// <summary>The one who edits the configuration, and whose machine stops and kills the daemon. The same seed does the same things.</summary>
internal sealed class Warden(Stage stage, bool kills)
{
    /// <summary>Does so many things, with pauses of up to so long.</summary>
    public async Task Act(int seed, int steps, int mostPause, CancellationToken cancel)
    {
        var random = new Random(seed);
        for (var i = 0; i < steps && !cancel.IsCancellationRequested; i++)
        {
            await Task.Delay(random.Next(mostPause), CancellationToken.None);
            await stage.Play("root", Next(random));
        }
    }

    private Mishap Next(Random random) => random.Next(100) switch
    {
        < 20 => new Reloaded(),
        < 50 => new ConfigEdited(random.Next(Declared.Editions.Count)),
        < 62 => new ConfigSpoilt(random.Next(4) == 0 ? null : Declared.BadFiles[random.Next(Declared.BadFiles.Count)]),
        < 80 => new Halted(random.Next(400)),
        _ when kills => new Killed(random.Next(4) == 0 ? random.Next(2, 4) : 1, random.Next(120)),
        _ => new Halted(random.Next(50)),
    };
}
