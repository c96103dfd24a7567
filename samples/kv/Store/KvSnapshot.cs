using System.Collections.Generic;
using System.IO;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// The databases of one moment, to be written while they go on changing. Capturing copies a few numbers for each key,
/// and no bytes: keys and values are never changed in place.
/// Little-endian:
/// <code>
///   4  version: -2
///   8  the log's time, in milliseconds    8  the leader's calendar, in Unix milliseconds
///   16 times, for each database:
///      8  changes    4  keys, n
///      n times: 4 key length, key, 8 version, 1 flags (1 integer, 2 ends, 4 changed), 8 integer or 4 length and bytes; if it ends: 8 deadline, 8 Unix, 8 remaining
///   4  added replicas, m
///      m times: 8 id, text address for replicas, text address for clients
/// </code>
/// Snapshots of version 1 have no version: they begin with the number of keys of database 0, and each key has 4 key
/// length, key, 1 kind (0 bytes, 1 integer), and the value.
/// </summary>
internal sealed class KvSnapshot
{
    private const int Version = -2;
    private const byte IsInteger = 1;
    private const byte Ends = 2;
    private const byte IsChanged = 4;

    private readonly long _elapsed;
    private readonly long _unix;
    private readonly (long Changes, KeyValuePair<byte[], KvItem>[] Items)[] _databases = new (long Changes, KeyValuePair<byte[], KvItem>[] Items)[KvStore.DatabaseCount];

    private readonly KvMember[] _members;

    private KvSnapshot(KvStore store)
    {
        _members = [.. store.Members.Values];
        (_elapsed, _unix) = (store.Time.Elapsed, store.Time.Unix);
        for (int i = 0; i < _databases.Length; i++)
        {
            _databases[i] = store.Databases[i].Capture();
        }
    }

    /// <summary>Captures the databases as they are.</summary>
    public static KvSnapshot Capture(KvStore store) => new(store);

    /// <summary>Writes it.</summary>
    public void WriteTo(Stream stream)
    {
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Version);
        writer.Write(_elapsed);
        writer.Write(_unix);
        foreach ((long changes, KeyValuePair<byte[], KvItem>[] items) in _databases)
        {
            writer.Write(changes);
            writer.Write(items.Length);
            foreach ((byte[] key, KvItem item) in items)
            {
                writer.Write(key.Length);
                writer.Write(key);
                WriteItem(writer, in item);
            }
        }

        writer.Write(_members.Length);
        foreach (KvMember member in _members)
        {
            writer.Write(member.Id);
            writer.Write(member.Address);
            writer.Write(member.ClientAddress);
        }
    }

    /// <summary>Reads one back.</summary>
    /// <param name="stream">What was written.</param>
    /// <param name="store">Empty databases, which take it over.</param>
    public static void Read(Stream stream, KvStore store)
    {
        using BinaryReader reader = new(stream, Encoding.UTF8, leaveOpen: true);
        int first = reader.ReadInt32();
        if (first >= 0)
        {
            ReadVersion1(reader, first, store.Databases[0]);
            return;
        }

        if (first != Version)
        {
            throw new InvalidDataException($"The snapshot's version is {-(long)first}; this release reads versions 1 and {-Version}.");
        }

        store.Time.Restore(reader.ReadInt64(), reader.ReadInt64());
        foreach (KvDatabase database in store.Databases)
        {
            database.RestoreChanges(reader.ReadInt64());
            for (int left = reader.ReadInt32(); left > 0; left--)
            {
                byte[] key = ReadBytes(reader);
                database.Restore(key, ReadItem(reader));
            }
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            KvMember member = new(reader.ReadUInt64(), reader.ReadString(), reader.ReadString());
            store.Members[member.Id] = member;
        }
    }

    private static void WriteItem(BinaryWriter writer, in KvItem item)
    {
        byte[]? bytes = item.Value.Bytes;
        int flags = (bytes is null ? IsInteger : 0) | (item.Expiry is null ? 0 : Ends) | (item.Value.IsChanged ? IsChanged : 0);
        writer.Write(item.Version);
        writer.Write((byte)flags);
        if (bytes is null)
        {
            writer.Write(item.Value.Integer);
        }
        else
        {
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }

        if (item.Expiry is { } expiry)
        {
            writer.Write(expiry.Deadline);
            writer.Write(expiry.Unix);
            writer.Write(expiry.Remaining);
        }
    }

    private static KvItem ReadItem(BinaryReader reader)
    {
        long version = reader.ReadInt64();
        byte flags = reader.ReadByte();
        KvValue value = ReadValue(reader, (flags & IsInteger) != 0, (flags & IsChanged) != 0);
        KvExpiry? expiry = (flags & Ends) != 0 ? new KvExpiry(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()) : null;
        return new KvItem(value, version, expiry);
    }

    // No memory is taken on a length that cannot be.
    private static byte[] ReadBytes(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        return length is >= 0 and <= KvStateMachine.MaxValueBytes
            ? reader.ReadBytes(length)
            : throw new InvalidDataException(
                $"The snapshot has a key or a value of {length} bytes; 0 to {KvStateMachine.MaxValueBytes} are possible.");
    }

    private static KvValue ReadValue(BinaryReader reader, bool isInteger, bool isChanged)
    {
        if (isInteger)
        {
            return new KvValue(reader.ReadInt64());
        }

        byte[] bytes = ReadBytes(reader);
        return isChanged ? KvValue.Changed(bytes) : new KvValue(bytes);
    }

    private static void ReadVersion1(BinaryReader reader, int keys, KvDatabase database)
    {
        for (long version = 1; version <= keys; version++)
        {
            byte[] key = ReadBytes(reader);
            database.Restore(key, new KvItem(ReadValue(reader, reader.ReadBoolean(), isChanged: false), version, null));
        }

        database.RestoreChanges(keys);
    }
}
