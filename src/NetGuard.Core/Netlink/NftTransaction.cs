using NetGuard.Core.Watch;

namespace NetGuard.Core.Netlink;

/// <summary>
/// Collects what a commit does to the watched chains, until NEWGEN ends it. The messages of one commit follow each other without
/// another's between them: the kernel sends them under nf_tables' commit mutex. In steady state it allocates nothing.
/// </summary>
public sealed class NftTransaction
{
    private readonly List<ChainTouch> _touches = [];

    /// <summary>Whether it touches anything that is watched.</summary>
    public bool Concerns => _touches.Count > 0;

    /// <summary>What it touches, each chain once.</summary>
    public IReadOnlyList<ChainTouch> Touches => _touches;

    /// <summary>Takes one more message of it.</summary>
    public void Add(in NftEvent change, WatchScope scope)
    {
        if (scope.Match(change) is not { } touch)
        {
            return;
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
    public void Clear() => _touches.Clear();
}
