using System;
using System.Collections.Generic;
using System.IO;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// The dictionary of one moment, to be written while it goes on changing. Capturing copies one reference and one number for each key, and no bytes: keys and values are never
/// changed in place. Little-endian:
/// <code>
///   4  keys, n
///      n times: 4 key length, key, 1 kind (0 bytes, 1 integer), 4 length and bytes or 8 integer
/// </code>
/// </summary>
internal sealed class KvSnapshot(KeyValuePair<byte[], KvValue>[] values)
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
    }

    /// <summary>Reads one back.</summary>
    /// <param name="stream">What was written.</param>
    /// <param name="addValue">Takes each key and value.</param>
    public static void Read(Stream stream, Action<byte[], KvValue> addValue)
    {
        using BinaryReader reader = new(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            byte[] key = reader.ReadBytes(reader.ReadInt32());
            bool isInteger = reader.ReadBoolean();
            addValue(key, isInteger ? new KvValue(reader.ReadInt64()) : new KvValue(reader.ReadBytes(reader.ReadInt32())));
        }
    }
}
