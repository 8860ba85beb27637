using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>A trial in a network namespace of its own: nothing there is anybody else's.</summary>
internal sealed class NamespaceTrial(IScratch scratch, XtablesTools tools, Family family) : ITrial
{
    public async Task<TrialResult> TryAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        var text = ScratchText.Of(drafts);
        var restore = new Command(tools.Restore(family), ["--wait", "5"]) { Input = text };
        var result = await scratch.RunAsync(restore, cancel).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            var refusal = ToolWords.Failure(restore, result);
            var line = refusal.Line is { } number ? text.Split('\n').ElementAtOrDefault(number - 1) : null;
            return new(null, refusal, drafts.FirstOrDefault(draft => ScratchText.Line(draft) == line));
        }

        var save = new Command(tools.Save(family), []);
        var saved = await scratch.RunAsync(save, cancel).ConfigureAwait(false);
        return new(TrialForms.Of(drafts, save, saved, family, draft => draft.Chain), null, null);
    }

    public async Task StubSetsAsync(IReadOnlyDictionary<string, Family> sets, CancellationToken cancel)
    {
        var command = IpsetTool.Create(sets);
        var result = await scratch.RunAsync(command, cancel).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw ToolWords.Failure(command, result);
        }
    }

    public void Dispose() => scratch.Dispose();
}
