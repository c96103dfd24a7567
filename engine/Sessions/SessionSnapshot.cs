using System;
using System.Buffers;
using System.IO;
using System.Numerics;
using System.Text;
using RaftEngine.Protocol;

namespace RaftEngine.Sessions;

/// <summary>
/// The sessions in a snapshot: they stand in front of what the state machine writes. Little-endian:
/// <code>
///   size
///      8  the log's time in milliseconds
///      4  how many sessions follow
///   then for each, by its id:
///      8  id
///      8  timeout in milliseconds
///      8  the log's time at its last entry
///      8  the lowest sequence that is not settled
///      8  a bit for each sequence from there on: 1 if it was applied
///   and for each of these bits that is 1, the lowest first:
///      8  the entry's index
///      8  its term
///      4  length of the result, n
///      n  the result, as the state machine writes it
/// </code>
/// </summary>
internal static class SessionSnapshot
{
    /// <summary>Writes sessions.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="timeMilliseconds">The log's time.</param>
    /// <param name="sessions">The sessions; brought into order.</param>
    /// <param name="format">Writes their results; null if there is none.</param>
    /// <exception cref="InvalidOperationException">There are sessions, and the state machine cannot write results.</exception>
    public static void Write<TResult>(Stream stream, long timeMilliseconds, ClientSession<TResult>[] sessions, IResultFormat<TResult>? format)
    {
        Array.Sort(sessions, static (one, other) => one.Id.CompareTo(other.Id));
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(timeMilliseconds);
        writer.Write(sessions.Length);
        ArrayBufferWriter<byte> buffer = new();
        foreach (ClientSession<TResult> session in sessions)
        {
            writer.Write(session.Id);
            writer.Write(session.TimeoutMilliseconds);
            writer.Write(session.LastTimeMilliseconds);
            writer.Write(session.FirstUnsettled);
            writer.Write(session.AppliedBits);
            for (ulong bits = session.AppliedBits; bits != 0; bits &= bits - 1)
            {
                session.TryGet(session.FirstUnsettled + BitOperations.TrailingZeroCount(bits), out Applied<TResult> applied);
                buffer.ResetWrittenCount();
                (format ?? throw NoFormat<TResult>()).WriteResult(applied.Result, buffer);
                writer.Write(applied.Index);
                writer.Write(applied.Term);
                writer.Write(buffer.WrittenCount);
                writer.Write(buffer.WrittenSpan);
            }
        }
    }

    /// <summary>Reads sessions into a table, in the place of those that it has.</summary>
    /// <param name="stream">Checked bytes.</param>
    /// <param name="table">Where to.</param>
    /// <param name="format">Reads their results; null if there is none.</param>
    /// <exception cref="InvalidOperationException">There are sessions, and the state machine cannot read results.</exception>
    public static void Read<TResult>(Stream stream, SessionTable<TResult> table, IResultFormat<TResult>? format)
    {
        using BinaryReader reader = new(stream, Encoding.UTF8, leaveOpen: true);
        table.Reset(reader.ReadInt64());
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            ClientSession<TResult> session = new(reader.ReadInt64(), reader.ReadInt64()) { LastTimeMilliseconds = reader.ReadInt64() };
            session.Settle(reader.ReadInt64());
            for (ulong bits = reader.ReadUInt64(); bits != 0; bits &= bits - 1)
            {
                long index = reader.ReadInt64();
                long term = reader.ReadInt64();
                TResult result = (format ?? throw NoFormat<TResult>()).ReadResult(reader.ReadBytes(reader.ReadInt32()));
                session.Add(session.FirstUnsettled + BitOperations.TrailingZeroCount(bits), new Applied<TResult>(index, term, result));
            }

            table.Add(session);
        }
    }

    private static InvalidOperationException NoFormat<TResult>() =>
        new($"Client sessions remember results, and the state machine takes snapshots, but does not implement {nameof(IResultFormat<TResult>)}, which writes results down.");
}
