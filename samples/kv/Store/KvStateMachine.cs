using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// The replicated dictionary. The node's apply thread changes it and connection threads read it, both under one lock that is held for one command or one read.
/// Deterministic: what a command does and gives back depends on the commands before it and on nothing else. That a command which is sent twice is applied once is the engine's
/// doing, and all that it needs from here is that results can be written down.
/// </summary>
internal sealed class KvStateMachine : ISnapshotStateMachine<KvResult>, IResultFormat<KvResult>
{
    /// <summary>The longest value, in bytes; APPEND can not grow one beyond it.</summary>
    public const int MaxValueBytes = 1 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], KvValue> _values = new(new ByteKeyComparer());
    private readonly Dictionary<byte[], KvValue>.AlternateLookup<ReadOnlySpan<byte>> _byKey;

    /// <summary>An empty one.</summary>
    public KvStateMachine()
    {
        _byKey = _values.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <inheritdoc/>
    public KvResult Apply(in LogEntry entry) => Apply(entry.Payload);

    /// <summary>Applies one command.</summary>
    public KvResult Apply(ReadOnlySpan<byte> command)
    {
        if (!KvCommandReader.TryOpen(command, out KvCommandKind kind, out KvCommandFlags flags, out KvCommandReader reader))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        lock (_lock)
        {
            return kind switch
            {
                KvCommandKind.Set => Set(flags, ref reader),
                KvCommandKind.Delete => Delete(ref reader),
                KvCommandKind.IncrementBy => IncrementBy(ref reader),
                KvCommandKind.Append => Append(ref reader),
                KvCommandKind.SetMany => SetMany(ref reader),
                _ => new KvResult(KvOutcome.Malformed),
            };
        }
    }

    /// <inheritdoc/>
    public Action<Stream> CaptureSnapshot()
    {
        lock (_lock)
        {
            return new KvSnapshot([.. _values]).WriteTo;
        }
    }

    /// <inheritdoc/>
    public void RestoreSnapshot(Stream stream)
    {
        lock (_lock)
        {
            _values.Clear();
            KvSnapshot.Read(stream, _values.Add);
        }
    }

    /// <inheritdoc/>
    public void WriteResult(KvResult result, IBufferWriter<byte> destination) => result.WriteTo(destination);

    /// <inheritdoc/>
    public KvResult ReadResult(ReadOnlySpan<byte> bytes) => KvResult.Read(bytes);

    /// <summary>Opens the dictionary for reading; what is read until it is closed is one consistent state. Close it soon: the apply thread waits.</summary>
    public Reader OpenRead() => new(this);

    private KvResult Set(KvCommandFlags flags, ref KvCommandReader reader)
    {
        ReadOnlySpan<byte> expected = default;
        bool ifEqual = (flags & KvCommandFlags.IfEqual) != 0;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> key)
            || !reader.TryReadBytes(out ReadOnlySpan<byte> value)
            || (ifEqual && !reader.TryReadBytes(out expected))
            || !reader.AtEnd)
        {
            return new KvResult(KvOutcome.Malformed);
        }

        bool exists = _byKey.TryGetValue(key, out KvValue old);
        bool holds = ((flags & KvCommandFlags.IfMissing) == 0 || !exists)
            && ((flags & KvCommandFlags.IfPresent) == 0 || exists)
            && (!ifEqual || (exists && old.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]).SequenceEqual(expected)));
        if (holds)
        {
            _byKey[key] = new KvValue(value.ToArray());
        }

        if ((flags & KvCommandFlags.ReturnOld) != 0)
        {
            return exists ? new KvResult(KvOutcome.Value, old) : new KvResult(KvOutcome.Nil);
        }

        return new KvResult(holds ? KvOutcome.Done : KvOutcome.Nil);
    }

    private KvResult Delete(ref KvCommandReader reader)
    {
        if (!reader.TryReadVarint(out ulong count) || !reader.HoldsExactly(count))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        long removed = 0;
        while (reader.TryReadBytes(out ReadOnlySpan<byte> key))
        {
            removed += _byKey.Remove(key) ? 1 : 0;
        }

        return KvResult.FromInteger(removed);
    }

    private KvResult IncrementBy(ref KvCommandReader reader)
    {
        if (!reader.TryReadSigned(out long delta) || !reader.TryReadBytes(out ReadOnlySpan<byte> key) || !reader.AtEnd)
        {
            return new KvResult(KvOutcome.Malformed);
        }

        ref KvValue value = ref CollectionsMarshal.GetValueRefOrNullRef(_byKey, key);
        long current = 0;
        bool exists = !Unsafe.IsNullRef(ref value);
        if (exists && !value.TryGetInteger(out current))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        long sum = unchecked(current + delta);
        if (((current ^ sum) & (delta ^ sum)) < 0)
        {
            return new KvResult(KvOutcome.Overflow); // Both operands have the sign that the sum has not.
        }

        if (exists)
        {
            value = new KvValue(sum);
        }
        else
        {
            _byKey[key] = new KvValue(sum);
        }

        return KvResult.FromInteger(sum);
    }

    private KvResult Append(ref KvCommandReader reader)
    {
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> key) || !reader.TryReadBytes(out ReadOnlySpan<byte> tail) || !reader.AtEnd)
        {
            return new KvResult(KvOutcome.Malformed);
        }

        ReadOnlySpan<byte> head = _byKey.TryGetValue(key, out KvValue old) ? old.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]) : default;
        if ((long)head.Length + tail.Length > MaxValueBytes)
        {
            return new KvResult(KvOutcome.TooLong);
        }

        byte[] joined = GC.AllocateUninitializedArray<byte>(head.Length + tail.Length);
        head.CopyTo(joined);
        tail.CopyTo(joined.AsSpan(head.Length));
        _byKey[key] = new KvValue(joined);
        return KvResult.FromInteger(joined.Length);
    }

    private KvResult SetMany(ref KvCommandReader reader)
    {
        if (!reader.TryReadVarint(out ulong count) || count > int.MaxValue || !reader.HoldsExactly(2 * count))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        while (reader.TryReadBytes(out ReadOnlySpan<byte> key) && reader.TryReadBytes(out ReadOnlySpan<byte> value))
        {
            _byKey[key] = new KvValue(value.ToArray());
        }

        return new KvResult(KvOutcome.Done);
    }

    /// <summary>Reads of one consistent state. Holds the lock until it is disposed.</summary>
    internal ref struct Reader
    {
        private readonly KvStateMachine _owner;
        private Lock.Scope _scope;

        /// <summary>Takes the lock.</summary>
        public Reader(KvStateMachine owner)
        {
            _owner = owner;
            _scope = owner._lock.EnterScope();
        }

        /// <summary>How many keys there are.</summary>
        public readonly int Count => _owner._values.Count;

        /// <summary>Finds a key's value, which stays valid after the reader is closed.</summary>
        public readonly bool TryGet(ReadOnlySpan<byte> key, out KvValue value) => _owner._byKey.TryGetValue(key, out value);

        /// <summary>Every key and value, in no particular order.</summary>
        public readonly Dictionary<byte[], KvValue>.Enumerator GetEnumerator() => _owner._values.GetEnumerator();

        /// <summary>Gives the lock back.</summary>
        public void Dispose() => _scope.Dispose();
    }
}
