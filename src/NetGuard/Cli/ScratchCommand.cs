using System.Text.Json;
using NetGuard.Processes;
using NetGuard.Xtables;

namespace NetGuard.Cli;

/// <summary>
/// <c>netguard scratch</c>, which netguard-scratch@.service runs in an empty network namespace: it runs the firewall's own tools there, and no
/// others, for the daemon at the other end of its standard input and output.
/// </summary>
internal static class ScratchCommand
{
    public static async Task<int> RunAsync(CancellationToken cancel)
    {
        var launcher = new Launcher(TimeProvider.System);
        using var requests = new StreamReader(Console.OpenStandardInput());
        await using var replies = Console.OpenStandardOutput();
        await ReplyAsync(replies, new(0, "", "", null), cancel).ConfigureAwait(false);
        while (await requests.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
        {
            var request = JsonSerializer.Deserialize(line, ScratchShapes.Default.ScratchRequest);
            await ReplyAsync(replies, await AnswerAsync(launcher, request!, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }

        return ExitCode.Ok;
    }

    private static async Task<ScratchReply> AnswerAsync(Launcher launcher, ScratchRequest request, CancellationToken cancel)
    {
        if (!IsTool(request.Tool) || Launcher.Find(request.Tool) is not { } path)
        {
            return new(0, "", "", $"{request.Tool} is none of the tools that run here");
        }

        try
        {
            var command = new Command(path, request.Arguments) { Input = request.Input, Environment = ScratchNamespace.Environment };
            var result = await launcher.RunAsync(command, cancel).ConfigureAwait(false);
            return new(result.ExitCode, result.Output, result.Error, null);
        }
        catch (CommandException e)
        {
            return new(0, "", "", e.Message);
        }
    }

    private static bool IsTool(string name) =>
        name == "ipset" || (name.StartsWith("iptables-", StringComparison.Ordinal) || name.StartsWith("ip6tables-", StringComparison.Ordinal))
        && (name.EndsWith("-save", StringComparison.Ordinal) || name.EndsWith("-restore", StringComparison.Ordinal)) && !name.Contains('/');

    private static async Task ReplyAsync(Stream replies, ScratchReply reply, CancellationToken cancel)
    {
        await replies.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(reply, ScratchShapes.Default.ScratchReply), (byte)'\n'], cancel).ConfigureAwait(false);
        await replies.FlushAsync(cancel).ConfigureAwait(false);
    }
}
