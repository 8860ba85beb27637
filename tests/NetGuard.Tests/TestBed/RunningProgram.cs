using System.Diagnostics;

namespace NetGuard.Tests.TestBed;

/// <summary>A program that keeps running, such as the daemon; killed when disposed.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _command;
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private readonly List<OutputLine> _lines = [];
    private bool _disposed;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RunningProgram(Process process, string command)
    {
        _process = process;
        Pid = process.Id;
        _command = command;
        _process.StandardInput.Close();
        _reading = Task.WhenAll(
            Collect(process.StandardOutput, isError: false),
            Collect(process.StandardError, isError: true));
    }

    public int Pid { get; }

    /// <summary>Whether it is asked to end, and given a moment, before it is killed: a daemon takes its lock's file away.</summary>
    public bool IsAskedFirst { get; init; }

    public bool HasExited => _process.HasExited;

    /// <summary>Everything said so far, on both outputs.</summary>
    public IReadOnlyList<OutputLine> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Waits for a line, which may have come already.</summary>
    /// <param name="isIt">Recognises the line.</param>
    /// <param name="since">How many lines, from the beginning, do not count: an earlier <c>Lines.Count</c>.</param>
    /// <param name="timeout">60 seconds if not given.</param>
    /// <exception cref="TimeoutException">It did not come; the message holds the lines that did.</exception>
    /// <exception cref="InvalidOperationException">The program ended without it.</exception>
    public async Task<string> WaitForLine(Func<string, bool> isIt, int since = 0, TimeSpan? timeout = null)
    {
        using var patience = new CancellationTokenSource(timeout ?? Programs.Patience);
        var ended = false;
        while (true)
        {
            Task news;
            lock (_lock)
            {
                news = _news.Task;
            }
            var lines = Lines;
            if (lines.Skip(since).FirstOrDefault(line => isIt(line.Text)) is { } found)
            {
                return found.Text;
            }
            if (ended)
            {
                throw new InvalidOperationException($"{_command} ended without the line\n{Told(lines)}");
            }
            try
            {
                await Task.WhenAny(news, _reading).WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{_command} did not say it\n{Told(lines)}");
            }
            ended = _reading.IsCompleted;
        }
    }

    /// <summary>Sends a signal to this process alone.</summary>
    public void Send(Signal signal)
    {
        if (!_process.HasExited)
        {
            Libc.Send(signal, Pid);
            if (signal == Signal.Stop)
            {
                WaitUntilStopped();
            }
        }
    }

    // One thread takes the signal and stops the others: on a busy machine they go on for a while.
    private void WaitUntilStopped()
    {
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end; Thread.Sleep(1))
        {
            try
            {
                if (Directory.GetDirectories($"/proc/{Pid}/task").All(task => File.ReadAllText($"{task}/stat") is var stat && stat[stat.LastIndexOf(')') + 2] == 'T'))
                {
                    return;
                }
            }
            catch (IOException)
            {
                // A thread, or all of them, has ended.
                if (_process.HasExited)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Waits until it ends by itself, and returns its exit code.</summary>
    public async Task<int> WaitForExit(TimeSpan? timeout = null)
    {
        using var patience = new CancellationTokenSource(timeout ?? Programs.Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            await _reading.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_command} did not end\n{Told(Lines)}");
        }
        return _process.ExitCode;
    }

    /// <summary>Asks it to end (SIGTERM), waits, and returns its exit code.</summary>
    public async Task<int> Stop(TimeSpan? timeout = null)
    {
        Send(Signal.Terminate);
        return await WaitForExit(timeout);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        if (IsAskedFirst && !_process.HasExited)
        {
            Send(Signal.Terminate);
            await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(5)));
        }
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private static string Told(IEnumerable<OutputLine> lines) => string.Join('\n', lines.Select(line => line.Text));

    private async Task Collect(StreamReader from, bool isError)
    {
        while (await from.ReadLineAsync() is { } text)
        {
            TaskCompletionSource told;
            lock (_lock)
            {
                _lines.Add(new(text, isError));
                told = _news;
                _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            told.SetResult();
        }
    }
}
