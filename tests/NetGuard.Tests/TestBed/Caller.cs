using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetGuard.Tests.TestBed;

/// <summary>One who asks web servers for their page: from a namespace, and from one of its addresses.</summary>
/// <param name="Namespace">The path of the network namespace.</param>
/// <param name="Source">The address to call from; null for whichever the kernel takes.</param>
public sealed record Caller(string Namespace, IPAddress? Source = null)
{
    /// <summary>Namespaces of one machine answer within microseconds; the first retransmission would come after a second.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private static readonly byte[] Question = Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n");

    /// <summary>Asks once. Through means that the answer came back: a proxy may take a connection that leads nowhere.</summary>
    public async Task<Reach> Get(IPEndPoint server, TimeSpan? silence = null)
    {
        using var socket = await Netns.Inside(Namespace, () => new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var limit = new CancellationTokenSource(silence ?? Silence);
        try
        {
            if (Source is not null)
            {
                socket.Bind(new IPEndPoint(Source, 0));
            }

            await socket.ConnectAsync(server, limit.Token);
            await socket.SendAsync(Question, limit.Token);
            var answer = new byte[16];
            return await socket.ReceiveAsync(answer, limit.Token) > 0 ? Reach.Through : Reach.Refused;
        }
        catch (OperationCanceledException)
        {
            return Reach.Dropped;
        }
        catch (SocketException)
        {
            return Reach.Refused;
        }
    }

    /// <summary>Asks until an answer comes, for as long as a busy machine may take.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    public async Task Reaches(IPEndPoint server)
    {
        var last = Reach.Dropped;
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end; await Task.Delay(20))
        {
            if ((last = await Get(server, TimeSpan.FromSeconds(3))) == Reach.Through)
            {
                return;
            }
        }

        throw new TimeoutException($"{this} does not reach {server}: {last}");
    }

    /// <summary>Asks until it is dropped or refused.</summary>
    /// <exception cref="TimeoutException">Answers keep coming.</exception>
    public async Task IsKeptFrom(IPEndPoint server)
    {
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end; await Task.Delay(20))
        {
            if (await Get(server) != Reach.Through)
            {
                return;
            }
        }

        throw new TimeoutException($"{this} still reaches {server}");
    }
}
