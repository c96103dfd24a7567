using System;
using System.Collections.Generic;
using System.IO;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// The dictionary and the sessions of one moment, to be written while both go on changing. Capturing copies one reference and one number for each key, and no bytes: keys and
/// values are never changed in place. Little-endian:
/// <code>
///   4  keys, n
///      n times: 4 key length, key, 1 kind (0 bytes, 1 integer), 4 length and bytes or 8 integer
///   4  sessions, m
///      m times: 8 client id, 8 floor, 8 applied
/// </code>
/// </summary>
internal sealed class KvSnapshot(KeyValuePair<byte[], KvValue>[] values, (ulong ClientId, ulong Floor, ulong Applied)[] sessions)
{
    /// <summary>Writes it.</summary>
    public void WriteTo(Stream stream)
    {
        using BinaryWriter writer = new(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(values.Length);
        foreach ((byte[] key, KvValue value) in values)
        {
            writer.Write(key.Length);
            writer.Write(key);
            writer.Write(value.Bytes is null);
            if (value.Bytes is { } bytes)
            {
                writer.Write(bytes.Length);
                writer.Write(bytes);
            }
            else
            {
                writer.Write(value.Integer);
            }
        }

        writer.Write(sessions.Length);
        foreach ((ulong clientId, ulong floor, ulong applied) in sessions)
        {
            writer.Write(clientId);
            writer.Write(floor);
            writer.Write(applied);
        }
    }

    /// <summary>Reads one back.</summary>
    /// <param name="stream">What was written.</param>
    /// <param name="addValue">Takes each key and value.</param>
    /// <param name="addSession">Takes each session.</param>
    public static void Read(Stream stream, Action<byte[], KvValue> addValue, Action<ulong, ulong, ulong> addSession)
    {
        using BinaryReader reader = new(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            byte[] key = reader.ReadBytes(reader.ReadInt32());
            bool isInteger = reader.ReadBoolean();
            addValue(key, isInteger ? new KvValue(reader.ReadInt64()) : new KvValue(reader.ReadBytes(reader.ReadInt32())));
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            addSession(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        }
    }
}
