using System;
using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Server;

namespace RaftEngine.Tests.Samples;

/// <summary>A connection over two pipes, and the client at their other ends. Bytes are shown as Latin-1.</summary>
internal sealed class ConnectionUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Pipe _toClient;
    private readonly KvConnection _connection;

    public ConnectionUnderTest(IKvReplica replica, string? password = null)
        : this(ServiceOf(replica, new KvLimits(), password))
    {
    }

    public ConnectionUnderTest(KvService service, int clientBufferBytes = 0)
    {
        _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: clientBufferBytes, resumeWriterThreshold: clientBufferBytes / 2));
        _connection = new KvConnection(service, new Duplex(_toServer.Reader, _toClient.Writer), new Session { Id = 42 });
        Completion = RunAsync();
    }

    /// <summary>Ends when the connection has; faulted if it broke.</summary>
    public Task Completion { get; }

    /// <summary>What the server has written and the client has not read, in bytes.</summary>
    public long UnreadBytes
    {
        get
        {
            if (!_toClient.Reader.TryRead(out ReadResult read))
            {
                return 0;
            }

            long length = read.Buffer.Length;
            _toClient.Reader.AdvanceTo(read.Buffer.Start);
            return length;
        }
    }

    /// <summary>A service of three replicas. No client waits for a leader.</summary>
    public static KvService ServiceOf(IKvReplica replica, KvLimits limits, string? password = null) =>
        new(replica, PeerMap.Parse("1=127.0.0.1:6381,2=127.0.0.1:6382,3=[::1]:6383"), password is null ? null : Encoding.Latin1.GetBytes(password))
        {
            Limits = limits with { LeaderTimeout = TimeSpan.Zero },
        };

    public async Task SendAsync(string text) => await _toServer.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task EndInputAsync() => await _toServer.Writer.CompleteAsync();

    public async Task<string> AskAsync(string text, int replyBytes)
    {
        await SendAsync(text);
        return await ReadAsync(replyBytes);
    }

    /// <summary>Reads so many bytes, and whatever came with them.</summary>
    public async Task<string> ReadAsync(int bytes)
    {
        using CancellationTokenSource patience = new(Patience);
        ReadResult read = await _toClient.Reader.ReadAtLeastAsync(bytes, patience.Token);
        return Consume(read);
    }

    public async Task<string> ReadToEndAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        ReadResult read = await _toClient.Reader.ReadAsync(patience.Token);
        while (!read.IsCompleted)
        {
            _toClient.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await _toClient.Reader.ReadAsync(patience.Token);
        }

        return Consume(read);
    }

    /// <summary>What has come so far.</summary>
    public string TakeReady() => _toClient.Reader.TryRead(out ReadResult read) ? Consume(read) : string.Empty;

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _toClient.Reader.CompleteAsync();
        await Completion.WaitAsync(Patience);
    }

    private string Consume(ReadResult read)
    {
        string text = Encoding.Latin1.GetString(read.Buffer);
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        using (_connection)
        {
            await _connection.RunAsync();
        }

        await _toClient.Writer.CompleteAsync();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
