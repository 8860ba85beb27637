namespace NetGuard.Tests.DBus;

/// <summary>A polkit that answers as the test wants: the real one is asked on the booted machine.</summary>
internal sealed class FakePolkit : IAsyncDisposable
{
    private readonly RawCaller _bus;
    private readonly Func<(bool Authorized, bool Challenge)?> _decide;
    private readonly Task _answering;
    private int _asked;

    private FakePolkit(RawCaller bus, Func<(bool Authorized, bool Challenge)?> decide)
    {
        (_bus, _decide) = (bus, decide);
        _answering = Answer();
    }

    /// <summary>How often it was asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Comes to the bus.</summary>
    /// <param name="bus">Where.</param>
    /// <param name="decide">The answer; null for none at all.</param>
    public static async Task<FakePolkit> Start(OwnBus bus, Func<(bool Authorized, bool Challenge)?> decide)
    {
        var connection = await RawCaller.Connect(bus, 0);
        var named = await connection.Call(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", new Wire().String("org.freedesktop.PolicyKit1").UInt32(4).Bytes);
        Xunit.Assert.Equal(2, named.Type);
        return new(connection, decide);
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _answering;
    }

    private async Task Answer()
    {
        try
        {
            while (true)
            {
                var call = await _bus.Receive();
                if (call is { Type: 1, Member: "CheckAuthorization", Signature: "(sa{sv})sa{ss}us" })
                {
                    Interlocked.Increment(ref _asked);
                    if (_decide() is var (authorized, challenge))
                    {
                        await _bus.Return(call, "(bba{ss})", new Wire().Boolean(authorized).Boolean(challenge).UInt32(0).Align(8).Bytes);
                    }
                }
            }
        }
        catch (Exception e) when (e is EndOfStreamException or System.Net.Sockets.SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over, or the bus is.
        }
    }
}
