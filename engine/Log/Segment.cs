using System;
using System.Runtime.InteropServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// One open segment: its file, its mapping, and where each record starts. The loop writes; other threads may read records that the loop has written and published
/// to them: the mapping never moves, the offsets only when nobody else reads, and what they say of a record below the commit index never changes.
/// </summary>
internal sealed unsafe class Segment : IDisposable
{
    private readonly IStorageMapping _mapping;
    private readonly byte* _bytes;
    private uint* _offsets; // in units of 8 bytes; one more than there are records: the last is where the next will start. Own memory, or the table's
    private bool _ownsOffsets = true;
    private OffsetTable? _table;
    private volatile OffsetTable? _offeredTable;
    private volatile bool _isInPlace; // written under the sync gate's lock; the loop only ever sees it late

    public Segment(IStorageFile file, IStorageMapping mapping, string name, in SegmentHeader header)
    {
        File = file;
        _mapping = mapping;
        _bytes = (byte*)mapping.Address;
        Name = name;
        IsInPlace = !SegmentFactory.IsPrepared(name);
        Header = header;
        Size = (int)header.FileSize;

        _offsets = AllocateOffsets();
        _offsets[0] = SegmentFormat.HeaderBytes / 8;
        LastIndex = header.FirstIndex - 1;
        End = SegmentFormat.HeaderBytes;
    }

    /// <summary>A sealed segment, whose records the table knows.</summary>
    public Segment(IStorageFile file, IStorageMapping mapping, string name, in SegmentHeader header, OffsetTable table)
    {
        File = file;
        _mapping = mapping;
        _bytes = (byte*)mapping.Address;
        Name = name;
        IsInPlace = true;
        Header = header;
        Size = (int)header.FileSize;
        _table = table;
        HasTable = true;
        _offsets = table.Offsets;
        _ownsOffsets = false;
        LastIndex = header.FirstIndex + table.Records - 1;
        End = table.End;
    }

    public IStorageFile File { get; }

    /// <summary>The file's name: its own from when it is in place on.</summary>
    public string Name { get; private set; }

    /// <summary>True once the file has its own name, on disk. Until then the segment before it is not sealed. Changes under the sync gate's lock.</summary>
    public bool IsInPlace
    {
        get => _isInPlace;
        private set => _isInPlace = value;
    }

    /// <summary>The mark to seal the segment with. The loop sets it before it publishes the segment that comes after this one.</summary>
    public TailMark FinalMark { get; set; }

    public SegmentHeader Header { get; }

    public int Size { get; }

    public long FirstIndex => Header.FirstIndex;

    /// <summary>The last record's index, in the file or still in the group; one before the first if there is none. The loop's own.</summary>
    public long LastIndex { get; private set; }

    /// <summary>Where the next record will start. The loop's own.</summary>
    public int End { get; private set; }

    /// <summary>The bytes not yet taken, but for the mark's place.</summary>
    public int Room => Size - TailMark.SizeInBytes - End;

    /// <summary>True if there is a table of offsets for it on disk.</summary>
    public bool HasTable { get; private set; }

    /// <summary>Where each record starts and the last one ends, in units of 8 bytes. Of a segment that is not written any more.</summary>
    public ReadOnlySpan<uint> Offsets => new(_offsets, (int)(LastIndex - FirstIndex) + 2);

    /// <summary>Takes the next record's place.</summary>
    public void Add(int size)
    {
        if (size > Room)
        {
            throw new InvalidOperationException($"A record of {size} bytes does not fit in the {Room} that segment {Name} has left.");
        }

        LastIndex++;
        End += size;
        _offsets[LastIndex - FirstIndex + 1] = (uint)End / 8;
    }

    /// <summary>Forgets the record at an index, and those after it.</summary>
    public void CutFrom(long index)
    {
        End = StartOf(index);
        LastIndex = index - 1;
    }

    /// <summary>Where a record starts; one past the last, where the next will.</summary>
    public int StartOf(long index) => (int)(_offsets[index - FirstIndex] * 8);

    /// <summary>Bytes of the file.</summary>
    public ReadOnlySpan<byte> Bytes(int start, int end) => new(_bytes + start, end - start);

    /// <summary>Has the whole file in reach before it is read. Any thread.</summary>
    public void Populate() => _mapping.Populate();

    /// <summary>The records first..last as they stand in the file.</summary>
    public ReadOnlySpan<byte> Records(long first, long last) => Bytes(StartOf(first), StartOf(last + 1));

    /// <summary>The 8 bytes that a record's chain continues.</summary>
    public ulong ChainBefore(long index)
    {
        int start = StartOf(index);
        return RecordFormat.ReadChain(Bytes(start - RecordFormat.ChainBytes, start));
    }

    /// <summary>Writes the mark that seals the segment. Its records have been synced.</summary>
    public void WriteFinalMark()
    {
        Span<byte> bytes = stackalloc byte[TailMark.SizeInBytes];
        FinalMark.Write(bytes, Header.CreatedStamp);
        File.Write(bytes, FinalMark.Offset);
    }

    /// <summary>Gives the file its own name. It has been synced; when this returns, its name has been too.</summary>
    public void PutInPlace(IStorageDirectory directory)
    {
        string name = SegmentFormat.NameOf(FirstIndex);
        directory.Rename(Name, name);
        directory.Sync();
        Name = name;
        IsInPlace = true;
    }

    /// <summary>Offers the table of a segment that has been sealed. Any thread; the loop takes it when nobody else reads the segment.</summary>
    public void OfferTable(OffsetTable table)
    {
        HasTable = true;
        _offeredTable = table;
    }

    /// <summary>Goes over from offsets in memory to the offered table, if there is one. The loop's, while no other thread reads the segment.</summary>
    public void UseTable()
    {
        if (_offeredTable is { } table)
        {
            FreeOffsets();
            _table?.Dispose();
            _table = table;
            _offeredTable = null;
            _offsets = table.Offsets;
        }
    }

    /// <summary>Makes a sealed segment the one that is written, as a truncation does. Others may go on reading it: a table stays mapped as long as the segment.</summary>
    public void Reopen()
    {
        HasTable = false;
        _offeredTable?.Dispose();
        _offeredTable = null;
        if (!_ownsOffsets)
        {
            uint* offsets = AllocateOffsets();
            Offsets.CopyTo(new Span<uint>(offsets, Offsets.Length));
            _offsets = offsets;
            _ownsOffsets = true;
        }
    }

    /// <summary>Gives up all but the file and its mapping, for another life under another name. No thread may be reading.</summary>
    public PreparedFile Recycle(string name)
    {
        FreeTables();
        return new PreparedFile(name, File, _mapping, Size);
    }

    /// <summary>Closes the file and gives the memory back. No thread may be reading.</summary>
    public void Dispose()
    {
        File.Dispose();
        _mapping.Dispose();
        FreeTables();
    }

    private void FreeTables()
    {
        FreeOffsets();
        _table?.Dispose();
        _offeredTable?.Dispose();
        _offeredTable = null;
    }

    // For the most records that fit. The pages of it that are never touched are never backed by memory.
    private uint* AllocateOffsets() =>
        (uint*)NativeMemory.Alloc((nuint)(((Size - SegmentFormat.HeaderBytes) / RecordFormat.SmallestBytes) + 1), sizeof(uint));

    private void FreeOffsets()
    {
        if (_ownsOffsets)
        {
            NativeMemory.Free(_offsets);
        }

        _offsets = null;
        _ownsOffsets = false;
    }
}
