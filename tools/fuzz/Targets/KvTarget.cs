using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Fuzz.Targets;

/// <summary>Commands and snapshots of the sample's state machine. The first byte says which.</summary>
internal sealed class KvTarget : FuzzTarget
{
    private readonly KvPayloadDecoder _decoder = new();
    private KvStateMachine _store = new();
    private int _runs;

    public override string Name => "kv";

    public override int MaxBytes => 4 << 10;

    // Each call of a transaction may make a value of 8 MiB.
    public override long MaxAllocatedBytes => 256 << 20;

    public override IReadOnlyList<byte[]> Seeds { get; } = MakeSeeds();

    public override bool IsTyped(Exception exception) => exception is InvalidDataException or EndOfStreamException;

    public override void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        if (++_runs % 10_000 == 0)
        {
            _store = new KvStateMachine();
        }

        byte[] rest = input[1..];
        if (input[0] % 2 == 0)
        {
            _decoder.Decode(rest);
            KvResult result = _store.Apply(rest);
            ArrayBufferWriter<byte> written = new();
            result.WriteTo(written);
            KvResult.Read(written.WrittenSpan);
        }
        else
        {
            using MemoryStream stream = new(rest);
            new KvStateMachine().RestoreSnapshot(stream);
        }
    }

    private static List<byte[]> MakeSeeds()
    {
        List<byte[]> seeds = [];
        KvStateMachine store = new();
        RespParser parser = new();
        foreach (KvOperation operation in Enum.GetValues<KvOperation>())
        {
            ReadOnlySequence<byte> text = new(Encoding.ASCII.GetBytes("command key 12 another 3\r\n"));
            using RespArguments request = new();
            parser.Read(ref text, request);
            byte[] command = new byte[RequestEncoder.MaxLength(request)];
            command = command[..RequestEncoder.Encode(command, operation, 0, request, default)];
            store.Apply(command);
            seeds.Add([0, .. command]);
        }

        byte[] increment = new byte[64];
        increment = increment[..KvCommandWriter.EncodeIncrementBy(increment, "counter"u8, 5)];
        store.Apply(increment);
        seeds.Add([0, .. increment]);
        seeds.Add([0, .. new KvMember(4, "host:1", "host:2").ToCommand()]);
        using MemoryStream snapshot = new();
        store.CaptureSnapshot()(snapshot);
        seeds.Add([1, .. snapshot.ToArray()]);
        return seeds;
    }
}
