using NetGuard.Core.State;

namespace NetGuard.Core.Tests.Worlds;

/// <summary>
/// Walks FORWARD as packets do: a rule without a match is for every packet, one with a match for some. Knows nothing of how
/// NetGuard judges chains.
/// </summary>
public sealed class PacketWalk(Ruleset ruleset)
{
    /// <summary>Whether some packet can be accepted that has not been in DOCKER-USER.</summary>
    public bool AcceptsBeforeDockerUser()
    {
        var (accepted, fellOff) = Walk("FORWARD", isBase: true);
        return accepted || (fellOff && Policy == ChainPolicy.Accept);
    }

    private ChainPolicy? Policy => ruleset.Find(ChainKey.Forward)!.Policy;

    // What can become of the packets that have not been in DOCKER-USER when they enter the chain.
    private (bool Accepted, bool FellOff) Walk(string name, bool isBase)
    {
        if (name == "DOCKER-USER" || ruleset.Find(new(TableName.Filter, new(name))) is not { } chain)
        {
            return (false, false);
        }

        var (accepted, fellOff) = (false, false);
        foreach (var rule in chain.Rules)
        {
            var words = rule.Body.Split(' ');
            var jump = Array.FindIndex(words, word => word is "-j" or "-g");
            var forAll = jump == 0;
            switch (jump < 0 ? "" : words[jump + 1])
            {
                case "ACCEPT":
                    accepted = true;
                    break;
                case "RETURN":
                    fellOff = true;
                    break;
                case "DROP":
                    break;
                case "" or "LOG":
                    continue;
                case var to:
                    var (there, back) = Walk(to, isBase && words[jump] == "-g");
                    accepted |= there;
                    if (words[jump] == "-g")
                    {
                        fellOff |= back;
                    }
                    else if (back)
                    {
                        continue;
                    }

                    break;
            }

            if (forAll)
            {
                return (accepted, fellOff);
            }
        }

        return (accepted, true);
    }
}
