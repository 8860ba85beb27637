using NetGuard.Core.State;
using NetGuard.Core.Watch;

namespace NetGuard.Core.Netlink;

/// <summary>
/// Collects what a commit does to the watched chains, until NEWGEN ends it. The messages of one commit follow each other without
/// another's between them: the kernel sends them under nf_tables' commit mutex. In steady state it allocates nothing.
/// </summary>
public sealed class NftTransaction
{
    private readonly List<ChainTouch> _touches = [];
    private readonly List<(ChainTouch In, ulong Handle)> _removed = [];
    private readonly List<(ChainTouch Of, ChainPolicy Policy)> _policies = [];

    /// <summary>Whether it touches anything that is watched.</summary>
    public bool Concerns => _touches.Count > 0;

    /// <summary>What it touches, each chain once.</summary>
    public IReadOnlyList<ChainTouch> Touches => _touches;

    /// <summary>Whether <see cref="Removed"/> and <see cref="Policies"/> are all that it does to the watched chains.</summary>
    public bool IsPlain { get; private set; } = true;

    /// <summary>The rules that it took out of watched chains.</summary>
    public IReadOnlyList<(ChainTouch In, ulong Handle)> Removed => _removed;

    /// <summary>The policies that it set, or left, on watched chains.</summary>
    public IReadOnlyList<(ChainTouch Of, ChainPolicy Policy)> Policies => _policies;

    /// <summary>One that takes rules out of a chain.</summary>
    public static NftTransaction Removing(Family family, ChainKey chain, IReadOnlyList<ulong> handles)
    {
        var (commit, touch) = (new NftTransaction(), new ChainTouch(family, chain, TouchKinds.RuleRemoved));
        commit._touches.Add(touch);
        commit._removed.AddRange(handles.Select(handle => (touch, handle)));
        return commit;
    }

    /// <summary>One that sets a policy.</summary>
    public static NftTransaction Setting(Family family, ChainKey chain, ChainPolicy policy)
    {
        var (commit, touch) = (new NftTransaction(), new ChainTouch(family, chain, TouchKinds.ChainSet));
        commit._touches.Add(touch);
        commit._policies.Add((touch, policy));
        return commit;
    }

    /// <summary>Takes one more message of it.</summary>
    public void Add(in NftEvent change, WatchScope scope)
    {
        if (scope.Match(change) is not { } touch)
        {
            return;
        }

        switch (change)
        {
            case { Kind: NfTables.DeleteRule, Handle: not 0 } when touch.Chain is not null:
                _removed.Add((touch, change.Handle));
                break;
            case { Kind: NfTables.NewChain, Policy: { } policy } when touch.Chain is not null:
                _policies.Add((touch, policy));
                break;
            default:
                IsPlain = false;
                break;
        }

        for (var i = 0; i < _touches.Count; i++)
        {
            if (_touches[i].Family == touch.Family && _touches[i].Chain == touch.Chain)
            {
                _touches[i] = touch with { How = touch.How | _touches[i].How };
                return;
            }
        }

        _touches.Add(touch);
    }

    /// <summary>Begins the next one.</summary>
    public void Clear()
    {
        _touches.Clear();
        _removed.Clear();
        _policies.Clear();
        IsPlain = true;
    }
}
