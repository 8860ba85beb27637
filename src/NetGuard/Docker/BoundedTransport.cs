using Docker.DotNet.Handler.Abstractions;
using Docker.DotNet.Unix;
using Microsoft.Extensions.Logging;

namespace NetGuard.Docker;

/// <summary>
/// The library's unix socket, with an end to what it reads: whatever listens there, it does not fill our memory.
/// </summary>
internal sealed class BoundedTransport : IDockerHandlerFactory<UnixSocketTransportOptions>
{
    /// <summary>The most that an answer may be long, in bytes. A container's entry takes about 1.5 KiB.</summary>
    public const int MaxAnswer = 16 * 1024 * 1024;

    private static readonly IDockerHandlerFactory<UnixSocketTransportOptions> Inner = DockerHandlerFactory.Instance;

    public ResolvedTransport CreateHandler(UnixSocketTransportOptions transportOptions, ResolvedClientOptions clientOptions, ILogger logger) =>
        Bounded(Inner.CreateHandler(transportOptions, clientOptions, logger));

    public ResolvedTransport CreateHandler(ResolvedClientOptions clientOptions, ILogger logger) => Bounded(Inner.CreateHandler(clientOptions, logger));

    public Task<WriteClosableStream> HijackStreamAsync(HttpContent content) => Inner.HijackStreamAsync(content);

    private static ResolvedTransport Bounded(ResolvedTransport transport) => transport with { Handler = new BoundedHandler(transport.Handler) };

    private sealed class BoundedHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var isEndless = request.RequestUri?.AbsolutePath.EndsWith("/events", StringComparison.Ordinal) == true;
            if (!isEndless && response.Content is { } content)
            {
                var bounded = new StreamContent(new BoundedStream(await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), MaxAnswer));
                foreach (var (name, values) in content.Headers)
                {
                    bounded.Headers.TryAddWithoutValidation(name, values);
                }

                response.Content = bounded;
            }

            return response;
        }
    }

    private sealed class BoundedStream(Stream inner, long left) : Stream
    {
        private long _left = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Counted(inner.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Counted(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Counted(int read)
        {
            _left -= read;
            return _left >= 0 ? read : throw new IOException($"the answer is longer than {MaxAnswer / 1024 / 1024} MiB");
        }
    }
}
