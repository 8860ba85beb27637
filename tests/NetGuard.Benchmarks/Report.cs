namespace NetGuard.Benchmarks;

/// <summary>Where the tables go: standard output, and a file if one is named.</summary>
internal sealed class Report(FileInfo? file) : IAsyncDisposable
{
    private readonly StreamWriter? _file = file?.CreateText();

    public async Task Write(string markdown)
    {
        Console.Out.WriteLine(markdown);
        if (_file is not null)
        {
            await _file.WriteLineAsync(markdown);
            await _file.FlushAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }
}
