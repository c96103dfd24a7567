using System;
using System.IO;

namespace RaftEngine.Bench.Measuring;

/// <summary>Counts commands, and has a large state that takes no memory: its bytes are made as they are written, and looked at as they are read.</summary>
/// <param name="stateBytes">How large.</param>
internal sealed class FilledState(long stateBytes) : ISnapshotStateMachine<long>
{
    private static readonly byte[] Block = MakeBlock();

    private long _commands;

    public long Apply(in LogEntry entry) => ++_commands;

    public Action<Stream> CaptureSnapshot()
    {
        long commands = _commands;
        return stream =>
        {
            stream.Write(BitConverter.GetBytes(commands));
            for (long written = 0; written < stateBytes; written += Block.Length)
            {
                stream.Write(Block);
            }
        };
    }

    public void RestoreSnapshot(Stream stream)
    {
        byte[] start = new byte[sizeof(long)];
        stream.ReadExactly(start);
        _commands = BitConverter.ToInt64(start);
        byte[] read = new byte[Block.Length];
        for (long at = 0; at < stateBytes; at += Block.Length)
        {
            stream.ReadExactly(read);
            if (!read.AsSpan().SequenceEqual(Block))
            {
                throw new InvalidDataException($"The state that was restored is not the one that was written, at {at}.");
            }
        }
    }

    private static byte[] MakeBlock()
    {
        byte[] block = new byte[64 << 10];
        new Random(1).NextBytes(block);
        return block;
    }
}
