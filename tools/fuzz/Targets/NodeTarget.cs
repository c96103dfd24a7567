using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using RaftEngine.Transport;

namespace RaftEngine.Fuzz.Targets;

/// <summary>
/// A whole node, one of three voters, that is fed well-formed messages from the other two in any order. It may refuse them, and may
/// stop where two leaders or logs contradict each other, with a typed exception; it is then started anew. An input is frames in a row.
/// </summary>
internal sealed class NodeTarget : FuzzTarget
{
    private const int ChecksumOffset = 160;
    private const int InputsPerLife = 5_000;

    private readonly string _path = Directory.CreateTempSubdirectory("raftengine-fuzz-").FullName;
    private RaftNode<int>? _node;
    private DeafTransport _transport = new();
    private int _lives;
    private int _inputs;

    public override string Name => "node";

    public override int MaxBytes => 8 << 10;

    public override long MaxAllocatedBytes => 64 << 20; // a start takes its queues

    public override IReadOnlyList<byte[]> Seeds { get; } = MakeSeeds();

    public override void Repair(Span<byte> input)
    {
        for (int at = 0; at + FrameFormat.HeaderBytes <= input.Length;)
        {
            Span<byte> header = input.Slice(at, FrameFormat.HeaderBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(header[ChecksumOffset..], Crc64.HashToUInt64(header[..ChecksumOffset]));
            uint body = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
            if (body > input.Length)
            {
                return;
            }

            at += FrameFormat.HeaderBytes + (int)body;
        }
    }

    public override void Run(byte[] input)
    {
        RaftNode<int> node = _node ??= Start();
        for (int at = 0; at + FrameFormat.HeaderBytes <= input.Length;)
        {
            FrameScope scope = new(FrameTarget.Cluster, 0, BinaryPrimitives.ReadUInt64LittleEndian(input.AsSpan(at + 40)), 1, MaxBytes);
            FrameRefusal refusal = FrameFormat.TryRead(input.AsSpan(at), in scope, out Message message, out int bodyBytes);
            at += FrameFormat.HeaderBytes;
            if (refusal != FrameRefusal.None || at + bodyBytes > input.Length)
            {
                break;
            }

            while (_transport.Receiver!.Receive(in message, input.AsSpan(at, bodyBytes)) == ReceiveResult.Busy)
            {
                Thread.Yield();
            }

            at += bodyBytes;
        }

        _transport.Receiver!.Flush();
        if (node.Completion.IsCompleted || ++_inputs % InputsPerLife == 0)
        {
            End(node);
        }
    }

    protected override void Close()
    {
        _node?.DisposeAsync().AsTask().Wait();
        Directory.Delete(_path, recursive: true);
    }

    private static bool IsTypedStop(Exception failure) => failure is LogDivergenceException or CommittedEntriesLostException
        or LogFullException or StateMachineFailedException or LaterReleaseException;

    private void End(RaftNode<int> node)
    {
        Exception? failure = node.Completion.Exception?.InnerException;
        node.DisposeAsync().AsTask().Wait();
        _node = null;
        Require(failure is null || IsTypedStop(failure), $"the node stopped with {failure}");
    }

    private RaftNode<int> Start()
    {
        string path = Path.Combine(_path, $"{++_lives}");
        if (_lives > 1)
        {
            Directory.Delete(Path.Combine(_path, $"{_lives - 1}"), recursive: true);
        }

        _transport = new DeafTransport();
        RaftOptions options = new()
        {
            NodeId = 1,
            Voters = [1, 2, 3],
            ClusterId = FrameTarget.Cluster,
            DataDirectory = path,
            Durability = Durability.None,
            SegmentSizeBytes = 1 << 20,
            MaxCommandBytes = 4 << 10,
            ElectionTimeout = TimeSpan.FromSeconds(60),
        };
        return RaftNode.StartAsync(options, new CountState(), _transport).AsTask().GetAwaiter().GetResult();
    }

    private static List<byte[]> MakeSeeds()
    {
        List<byte[]> seeds = [];
        byte[] entry = new byte[sizeof(ulong) + RecordFormat.SizeOf(24)];
        MemoryMarshal.Write(entry, 0UL);
        RecordFormat.Write(entry, EntryKind.Command, 1, 1, new byte[24]);
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            bool hasEntry = kind == MessageKind.AppendRequest;
            bool hasBytes = kind is MessageKind.ProposeRequest or MessageKind.SnapshotPieces;
            byte[] body = hasEntry ? entry[sizeof(ulong)..] : new byte[hasBytes ? 100 : 0];
            Message message = new()
            {
                Kind = kind,
                From = 2,
                To = 1,
                Term = 1,
                LastIndex = hasEntry ? 1 : 0,
                EntryTerm = hasEntry ? 1 : 0,
                EntryKind = kind == MessageKind.ProposeRequest ? EntryKind.Command : EntryKind.None,
                ReadRound = 1,
                Run = 5,
                SentAt = 1,
            };
            byte[] frame = new byte[FrameFormat.HeaderBytes + body.Length];
            FrameFormat.Write(frame, in message, FrameTarget.Cluster, 0, body.Length);
            body.CopyTo(frame, FrameFormat.HeaderBytes);
            seeds.Add(frame);
        }

        return seeds;
    }

    private sealed class CountState : IStateMachine<int>
    {
        private int _count;

        public int Apply(in LogEntry entry) => ++_count;
    }

    // Hands on what it is given, and sends nothing.
    private sealed class DeafTransport : IRaftTransport
    {
        public IRaftReceiver? Receiver { get; private set; }

        public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
        {
            Receiver = receiver;
            return ValueTask.CompletedTask;
        }

        public bool Send(in Message message, ReadOnlySpan<byte> body) => true;

        public void Flush()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
