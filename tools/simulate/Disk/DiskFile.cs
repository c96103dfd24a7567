using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace RaftEngine.Simulate.Disk;

/// <summary>
/// One file of a <see cref="DiskImage"/>: its current content at an address that never moves, and of each page every version since the one that the last sync made durable.
/// The operating system may write a dirty page back at any moment, so each of those versions may be the one that a loss of power leaves.
/// </summary>
internal sealed unsafe class DiskFile : IDisposable
{
    public const int PageBytes = 4096;
    public const int SectorBytes = 512;

    private readonly List<byte[]>?[] _versions; // per page, if it is dirty: [0] is durable, the last is current
    private readonly int[] _dropped; // per page: how many versions were ever taken from the front of the list
    private readonly Stack<(int[] Pages, int Length)> _syncs = new(); // that have begun, one within another: the number of versions each page and the length had
    private (int[] Pages, int Length)? _foreseen;
    private List<int> _lengths = [0];
    private int _droppedLengths;
    private readonly bool[] _isLost; // per page: a sync of it has failed, and it counts as written back ever since, until it is written again
    private bool _isLengthLost;
    private byte* _content;
    private int _holders;

    public DiskFile(int capacity)
        : this(capacity, (byte*)NativeMemory.AllocZeroed((nuint)capacity))
    {
    }

    private DiskFile(int capacity, byte* content)
    {
        Capacity = capacity;
        _content = content;
        _versions = new List<byte[]>?[capacity / PageBytes];
        _dropped = new int[capacity / PageBytes];
        _isLost = new bool[capacity / PageBytes];
    }

    /// <summary>True if somebody has it open or mapped.</summary>
    public bool IsHeld => _holders != 0;

    /// <summary>True if there is anything that a loss of power could leave in more than one way.</summary>
    public bool HasUnsynced => _lengths.Count != 1 || Array.Exists(_versions, static versions => versions is not null);

    /// <summary>The most bytes it may have.</summary>
    public int Capacity { get; }

    public nint Address => (nint)_content;

    public int Length => _lengths[^1];

    public Span<byte> Content => new(_content, Length);

    /// <summary>The lengths that a loss of power may leave, the durable one first.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>The versions of a page that a loss of power may leave, the durable one first; null if there is only one.</summary>
    public IReadOnlyList<byte[]>? VersionsOf(int page) => _versions[page];

    public int Pages => _versions.Length;

    /// <summary>Notes one who has it open or mapped.</summary>
    public DiskFile Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    /// <summary>Releases one hold: a file handle or a mapping was closed.</summary>
    public void Release() => Interlocked.Decrement(ref _holders);

    /// <summary>True if bytes are on disk as they are now, whatever a loss of power leaves of the rest.</summary>
    public bool IsDurable(int offset, int length)
    {
        int end = offset + length;
        bool isThere = true;
        foreach (int possible in _lengths)
        {
            isThere &= possible >= end;
        }

        for (int page = offset / PageBytes; page * PageBytes < end && isThere; page++)
        {
            int from = Math.Max(offset, page * PageBytes);
            int to = Math.Min(end, (page + 1) * PageBytes);
            ReadOnlySpan<byte> current = new(_content + from, to - from);
            foreach (byte[] version in _versions[page] ?? [])
            {
                isThere &= version.AsSpan(from % PageBytes, to - from).SequenceEqual(current);
            }
        }

        return isThere;
    }

    /// <summary>What it would hold if nothing were written that was not synced.</summary>
    public byte[] DurableContent()
    {
        byte[] content = new Span<byte>(_content, Capacity).ToArray();
        for (int page = 0; page < _versions.Length; page++)
        {
            _versions[page]?[0].CopyTo(content, page * PageBytes);
        }

        return content[.._lengths[0]];
    }

    public void Write(ReadOnlySpan<byte> bytes, int offset)
    {
        int end = offset + bytes.Length;
        for (int page = offset / PageBytes; page * PageBytes < end; page++)
        {
            int from = Math.Max(offset, page * PageBytes);
            int to = Math.Min(end, (page + 1) * PageBytes);
            _versions[page] ??= [PageAt(page).ToArray()];
            bytes[(from - offset)..(to - offset)].CopyTo(new Span<byte>(_content + from, to - from));
            _versions[page]!.Add(PageAt(page).ToArray());
            _isLost[page] = false;
        }

        if (!bytes.IsEmpty && end >= Length)
        {
            _isLengthLost = false;
            if (end > Length)
            {
                _lengths.Add(end);
            }
        }
    }

    /// <summary>Makes it empty, as creating it anew does.</summary>
    public void Clear()
    {
        if (Length != 0)
        {
            Write(new byte[Length], 0);
            _lengths.Add(0);
        }
    }

    /// <summary>Notes what a sync would vouch for if it began now: for one that begins later, and is to vouch for no more.</summary>
    public void Foresee() => _foreseen = Written();

    /// <summary>Forgets what was noted.</summary>
    public void ForgetForeseen() => _foreseen = null;

    /// <summary>A sync begins.</summary>
    /// <param name="asForeseen">Whether it is to vouch for no more than was noted.</param>
    public void BeginSync(bool asForeseen = false)
    {
        _syncs.Push(asForeseen && _foreseen is { } foreseen ? foreseen : Written());
        _foreseen = asForeseen ? null : _foreseen;
    }

    private (int[] Pages, int Length) Written()
    {
        int[] pages = new int[_versions.Length];
        for (int page = 0; page < pages.Length; page++)
        {
            pages[page] = _dropped[page] + (_versions[page]?.Count ?? 0);
        }

        return (pages, _droppedLengths + _lengths.Count);
    }

    public void EndSync()
    {
        (int[] pages, int length) = _syncs.Pop();
        for (int page = 0; page < pages.Length; page++)
        {
            if (!_isLost[page] && _versions[page] is { } versions)
            {
                int drop = Math.Max(0, pages[page] - 1 - _dropped[page]);
                versions.RemoveRange(0, drop);
                _dropped[page] += drop;
                if (versions.Count == 1)
                {
                    _versions[page] = null;
                    _dropped[page]++;
                }
            }
        }

        int dropLengths = _isLengthLost ? 0 : Math.Max(0, length - 1 - _droppedLengths);
        _lengths.RemoveRange(0, dropLengths);
        _droppedLengths += dropLengths;
    }

    /// <summary>The process died before the last sync that began had done anything.</summary>
    public void AbandonSync() => _syncs.Pop();

    /// <summary>The last sync that began has failed. What it was to write back counts as written back, and is not: no sync makes it durable, until it is written again.</summary>
    public void FailSync()
    {
        (int[] pages, int length) = _syncs.Pop();
        for (int page = 0; page < pages.Length; page++)
        {
            _isLost[page] |= _versions[page] is { } versions && pages[page] == _dropped[page] + versions.Count;
        }

        _isLengthLost |= _lengths.Count > 1 && length == _droppedLengths + _lengths.Count;
    }

    /// <summary>Puts bytes in place as if they had always been on disk.</summary>
    public void Set(ReadOnlySpan<byte> bytes, int length)
    {
        bytes.CopyTo(new Span<byte>(_content, Capacity));
        new Span<byte>(_content, Capacity)[Math.Min(length, bytes.Length)..].Clear();
        Array.Clear(_versions);
        Array.Clear(_isLost);
        _isLengthLost = false;
        _lengths = [length];
    }

    /// <summary>A copy, with all that is not durable.</summary>
    public DiskFile Clone()
    {
        DiskFile copy = Copy();
        copy._lengths = [.. _lengths];
        for (int page = 0; page < _versions.Length; page++)
        {
            copy._versions[page] = _versions[page] is { } versions ? [.. versions] : null;
        }

        _isLost.CopyTo(copy._isLost, 0);
        copy._isLengthLost = _isLengthLost;

        return copy;
    }

    /// <summary>What a loss of power leaves.</summary>
    /// <param name="choose">Chooses one of so many, in a fixed order of questions; 0 is what is durable.</param>
    /// <param name="bySector">True to choose for each sector on which the versions of a page differ, false for each page.</param>
    public DiskFile AfterPowerLoss(Func<int, int> choose, bool bySector)
    {
        DiskFile left = Copy();
        Span<byte> content = new(left._content, Capacity);
        int length = _lengths.Count == 1 ? _lengths[0] : _lengths[choose(_lengths.Count)];
        for (int page = 0; page < _versions.Length; page++)
        {
            if (_versions[page] is not { } versions)
            {
                continue;
            }

            Span<byte> target = content.Slice(page * PageBytes, PageBytes);
            if (!bySector)
            {
                versions[choose(versions.Count)].CopyTo(target);
                continue;
            }

            for (int sector = 0; sector < PageBytes; sector += SectorBytes)
            {
                if (DifferAt(versions, sector))
                {
                    versions[choose(versions.Count)].AsSpan(sector, SectorBytes).CopyTo(target[sector..]);
                }
            }
        }

        content[length..].Clear();
        left._lengths = [length];
        return left;
    }

    public void Dispose()
    {
        NativeMemory.Free(_content);
        _content = null;
    }

    private DiskFile Copy()
    {
        byte* content = (byte*)NativeMemory.Alloc((nuint)Capacity);
        new Span<byte>(_content, Capacity).CopyTo(new Span<byte>(content, Capacity));
        return new DiskFile(Capacity, content);
    }

    private static bool DifferAt(List<byte[]> versions, int sector)
    {
        for (int i = 1; i < versions.Count; i++)
        {
            if (!versions[0].AsSpan(sector, SectorBytes).SequenceEqual(versions[i].AsSpan(sector, SectorBytes)))
            {
                return true;
            }
        }

        return false;
    }

    private Span<byte> PageAt(int page) => new(_content + (page * PageBytes), PageBytes);
}
