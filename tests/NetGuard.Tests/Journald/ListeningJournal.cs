using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Journald;

/// <summary>Journald's end of its socket, in a folder of its own: https://systemd.io/JOURNAL_NATIVE_PROTOCOL.</summary>
internal sealed class ListeningJournal : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ListeningJournal()
    {
        Folder = Directory.CreateTempSubdirectory("netguard-journal-").FullName;
        _socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(Folder, "socket")));
        _socket.ReceiveTimeout = (int)Programs.Patience.TotalMilliseconds;
    }

    public string Folder { get; }

    /// <summary>Waits for an entry that is the one; those before it are passed over.</summary>
    public List<KeyValuePair<string, string>> WaitFor(Func<List<KeyValuePair<string, string>>, bool> isIt)
    {
        var buffer = new byte[1 << 20];
        var others = new List<string>();
        while (true)
        {
            try
            {
                var entry = Parse(buffer.AsSpan(0, _socket.Receive(buffer)));
                if (isIt(entry))
                {
                    return entry;
                }

                others.Add(string.Join(' ', entry.Select(field => $"{field.Key}={field.Value}")));
            }
            catch (SocketException e)
            {
                throw new TimeoutException($"the entry did not come ({e.Message})\n{string.Join('\n', others)}");
            }
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    // NAME=VALUE\n, or where the value has a line break: NAME\n, its length in 8 bytes, VALUE\n.
    private static List<KeyValuePair<string, string>> Parse(ReadOnlySpan<byte> datagram)
    {
        var fields = new List<KeyValuePair<string, string>>();
        while (datagram.Length > 0)
        {
            var line = datagram[..datagram.IndexOf((byte)'\n')];
            datagram = datagram[(line.Length + 1)..];
            if (line.IndexOf((byte)'=') is >= 0 and var equals)
            {
                fields.Add(new(Encoding.UTF8.GetString(line[..equals]), Encoding.UTF8.GetString(line[(equals + 1)..])));
                continue;
            }

            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(datagram);
            fields.Add(new(Encoding.UTF8.GetString(line), Encoding.UTF8.GetString(datagram.Slice(8, length))));
            datagram = datagram[(8 + length + 1)..];
        }

        return fields;
    }
}
