using NetGuard.Interop;

namespace NetGuard.DBus;

/// <summary>
/// Who may change something: root, and whom polkit lets. Nothing here waits: the bus says who the sender is and polkit what it may, each in its
/// own time, and a polkit that does not answer keeps nobody else waiting.
/// </summary>
internal sealed class Authorization(BusConnection bus)
{
    /// <summary>How many requests of one sender, and of one user, wait at a time.</summary>
    public const int MaxWaiting = 4;

    // Of users; root does not wait for polkit.
    private const int MaxAtPolkit = 64;

    private const string PolkitName = "org.freedesktop.PolicyKit1";
    private const string OnlyRoot = "only root may do this, or whom polkit grants " + NetGuard1.ManageAction;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PasswordTyped = TimeSpan.FromMinutes(2);

    private readonly uint _ownUser = Libc.GetEffectiveUserId();
    private readonly Dictionary<string, int> _askedAboutSender = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, int> _atPolkit = [];

    /// <summary>Finds out whether the sender of a call may change something.</summary>
    /// <param name="call">The call; it stays valid until the answer.</param>
    /// <param name="ownUserToo">Whether the daemon's own user may: to it belongs the reload that systemd carries out.</param>
    /// <param name="onAllowed">Gets who it is.</param>
    /// <param name="onRefused">Gets the error's name and text.</param>
    public void Check(BusMessage call, bool ownUserToo, Action<Caller> onAllowed, Action<string, string> onRefused)
    {
        var sender = call.Sender;
        if (!Enter(_askedAboutSender, sender, MaxWaiting))
        {
            onRefused(NetGuard1.StandardError + "LimitsExceeded", "too many requests of yours wait for an answer already");
            return;
        }

        var ask = bus.NewCall(NetGuard1.Driver, NetGuard1.DriverPath, NetGuard1.Driver, "GetConnectionCredentials");
        bus.Call(ask.Add(sender), Soon, answer =>
        {
            Leave(_askedAboutSender, sender);
            if (answer.Error is not null || answer.Sender != NetGuard1.Driver || answer.ReadOrNull() is not BusDictionary credentials
                || !credentials.TryGetValue("UnixUserID", out var uid) || uid is not uint)
            {
                onRefused(NetGuard1.StandardError + "AccessDenied", "the bus does not say whose request this is");
                return;
            }

            var caller = new Caller((uint)uid, credentials.Get("ProcessID", 0U));
            if (caller.Uid == 0 || ownUserToo && caller.Uid == _ownUser)
            {
                onAllowed(caller);
            }
            else
            {
                AskPolkit(call, caller, onAllowed, onRefused);
            }
        });
    }

    // The subject is the sender's name on the bus, which nobody can take over. A pid could be another's by now.
    private void AskPolkit(BusMessage call, Caller caller, Action<Caller> onAllowed, Action<string, string> onRefused)
    {
        if (_atPolkit.Values.Sum() >= MaxAtPolkit || !Enter(_atPolkit, caller.Uid, MaxWaiting))
        {
            onRefused(NetGuard1.StandardError + "LimitsExceeded", "too many requests wait for polkit already");
            return;
        }

        var ask = bus.NewCall(PolkitName, "/org/freedesktop/PolicyKit1/Authority", PolkitName + ".Authority", "CheckAuthorization");
        ask.Open('r', "sa{sv}");
        ask.Add("system-bus-name").Add(new BusDictionary { ["name"] = call.Sender });
        ask.Close();
        ask.Add(NetGuard1.ManageAction);
        ask.Open('a', "{ss}");
        ask.Close();
        ask.Add(call.AllowsInteraction ? 1U : 0U).Add("");
        bus.Call(ask, call.AllowsInteraction ? PasswordTyped : Soon, answer =>
        {
            Leave(_atPolkit, caller.Uid);
            if (answer.Error is { } error)
            {
                onRefused(NetGuard1.StandardError + "AccessDenied", Why(error));
            }
            else if (answer.ReadOrNull() is not (object[] and [bool isAuthorized, bool isChallenge, ..]))
            {
                onRefused(NetGuard1.StandardError + "AccessDenied", OnlyRoot + "; polkit's answer was not understood");
            }
            else if (isAuthorized)
            {
                onAllowed(caller);
            }
            else if (isChallenge)
            {
                onRefused(NetGuard1.StandardError + "InteractiveAuthorizationRequired", OnlyRoot + "; it wants a password for it, and nobody can be asked here");
            }
            else
            {
                onRefused(NetGuard1.StandardError + "AccessDenied", OnlyRoot);
            }
        });
    }

    private static string Why(BusException error) => error.Name switch
    {
        NetGuard1.StandardError + "ServiceUnknown" or NetGuard1.StandardError + "NameHasNoOwner" => "only root may do this: polkit, which could allow it to others, is not there",
        NetGuard1.StandardError + "NoReply" or NetGuard1.StandardError + "Timeout" => "only root may do this: polkit, which could allow it to others, does not answer",
        _ => $"only root may do this: polkit, which could allow it to others, fails: {error.Message}",
    };

    private static bool Enter<T>(Dictionary<T, int> waiting, T who, int most)
        where T : notnull
    {
        var now = waiting.GetValueOrDefault(who);
        if (now >= most)
        {
            return false;
        }

        waiting[who] = now + 1;
        return true;
    }

    private static void Leave<T>(Dictionary<T, int> waiting, T who)
        where T : notnull
    {
        if (waiting[who] == 1)
        {
            waiting.Remove(who);
        }
        else
        {
            waiting[who]--;
        }
    }
}
