using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// One open segment: its file, its mapping, and where each record starts. The loop writes; other threads may read
/// records that the loop has written and published to them: mapping and offsets only move when no other thread reads,
/// and what they say of a record below the commit index never changes. A sealed segment that has its table may rest: it
/// then holds neither a descriptor nor a mapping, until somebody reads it.
/// </summary>
internal sealed unsafe class Segment : IDisposable
{
    private readonly Lock _waking = new();
    private IStorageFile? _file; // while it is written, and until it has its table
    private IStorageMapping? _mapping;
    private volatile byte* _bytes; // null while it rests
    // Where each record starts, in units of 8 bytes, and then where the next one will: own memory, or the table's.
    // Written before _bytes, and read after.
    private uint* _offsets;
    private bool _ownsOffsets = true;
    private OffsetTable? _table;
    private MappedSegments? _restsIn; // once it may rest
    private volatile OffsetTable? _offeredTable;
    private volatile bool _isInPlace; // written under the sync gate's lock; the loop only ever sees it late

    public Segment(IStorageFile file, IStorageMapping mapping, string name, in SegmentHeader header)
    {
        _file = file;
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
    public Segment(IStorageMapping mapping, string name, in SegmentHeader header, OffsetTable table)
    {
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

    /// <summary>The file of a segment that is written, or is being sealed.</summary>
    public IStorageFile File => _file ?? throw new InvalidOperationException($"Segment {Name} is sealed.");

    /// <summary>True once the segment is no longer the log's, or is written again. The loop's own.</summary>
    public bool IsGone { get; set; }

    /// <summary>The file's name: its own from when it is in place on.</summary>
    public string Name { get; private set; }

    /// <summary>True once the file has its own name, on disk, and the segment before it is sealed. Changes under the
    /// sync gate's lock.</summary>
    public bool IsInPlace
    {
        get => _isInPlace;
        set => _isInPlace = value;
    }

    /// <summary>The mark to seal the segment with. The loop sets it before it publishes the segment that comes after this one.</summary>
    public TailMark Seal { get; set; }

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
    public ReadOnlySpan<uint> Offsets
    {
        get
        {
            WakeIfResting();
            return new(_offsets, (int)(LastIndex - FirstIndex) + 2);
        }
    }

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
    public int StartOf(long index)
    {
        WakeIfResting();
        return (int)(_offsets[index - FirstIndex] * 8);
    }

    /// <summary>Bytes of the file.</summary>
    public ReadOnlySpan<byte> Bytes(int start, int end)
    {
        WakeIfResting();
        return new(_bytes + start, end - start);
    }

    /// <summary>Has the whole file in reach before it is read. Any thread, while the segment is not resting.</summary>
    public void Populate() => _mapping?.Populate();

    /// <summary>The records first..last as they stand in the file.</summary>
    public ReadOnlySpan<byte> Records(long first, long last) => Bytes(StartOf(first), StartOf(last + 1));

    /// <summary>The 8 bytes that a record's chain continues.</summary>
    public ulong ChainBefore(long index)
    {
        int start = StartOf(index);
        return RecordFormat.ReadChain(Bytes(start - RecordFormat.ChainBytes, start));
    }

    /// <summary>Writes the mark that seals the segment. Its records have been synced, and the segment behind it has
    /// its name.</summary>
    public void WriteSeal(IStorageFile file)
    {
        Span<byte> bytes = stackalloc byte[TailMark.SizeInBytes];
        Seal.Write(bytes, Header.CreatedStamp);
        file.Write(bytes, Seal.Offset);
    }

    /// <summary>Gives the file its own name. It has been synced; when this returns, its name has been too.</summary>
    public void TakeName(IStorageDirectory directory)
    {
        string name = SegmentFormat.NameOf(FirstIndex);
        directory.Rename(Name, name);
        directory.Sync();
        Name = name;
    }

    /// <summary>The same for a segment that no other one is to be sealed before.</summary>
    public void PutInPlace(IStorageDirectory directory)
    {
        TakeName(directory);
        IsInPlace = true;
    }

    /// <summary>Offers the table of a segment that has been sealed. Any thread; the loop adopts it when no other thread
    /// reads the segment.</summary>
    public void OfferTable(OffsetTable table)
    {
        HasTable = true;
        _offeredTable = table;
    }

    /// <summary>Goes over from offsets in memory to the offered table, if there is one, and may rest from then on.
    /// The loop's, while no other thread reads the segment, nor
    /// syncs it.</summary>
    public void UseTable(MappedSegments mapped)
    {
        if (_offeredTable is { } table)
        {
            FreeOffsets();
            _table?.Dispose();
            _table = table;
            _offeredTable = null;
            _offsets = table.Offsets;
            LetRest(mapped);
        }
    }

    /// <summary>Allows the segment to be unmapped while it is unused. Only for a segment that uses its table and is no
    /// longer synced.</summary>
    public void LetRest(MappedSegments mapped)
    {
        _file?.Dispose();
        _file = null;
        IsGone = false;
        _restsIn = mapped;
        mapped.Add(this);
    }


    /// <summary>Gives descriptor and mappings back until somebody reads. The loop's, while no other thread reads the
    /// segment.</summary>
    public void Rest()
    {
        if (!IsGone)
        {
            _bytes = null;
            _offsets = null;
            _mapping?.Dispose();
            _mapping = null;
            _table?.Dispose();
            _table = null;
        }
    }

    /// <summary>Opens the file of a sealed segment, for it to be written again.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void OpenFile(IStorageDirectory directory)
    {
        WakeIfResting();
        _file ??= directory.Open(Name);
        IsGone = true; // as a sealed one
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

    /// <summary>Gives up all but the file and its mapping, for another life under another name, which it has already.
    /// No thread may be reading.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public PreparedFile Recycle(IStorageDirectory directory, string name)
    {
        FreeTables();
        IStorageFile file = _file ??= directory.Open(name);
        if (_mapping is null)
        {
            _mapping = file.Map(Size);
            _mapping.Populate();
        }

        return new PreparedFile(name, file, _mapping, Size);
    }

    /// <summary>Closes the file and gives the memory back. No thread may be reading.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _mapping?.Dispose();
        FreeTables();
    }

    private void WakeIfResting()
    {
        if (_bytes is null)
        {
            Wake();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wake()
    {
        lock (_waking)
        {
            if (_bytes is not null)
            {
                return;
            }

            IStorageDirectory directory = _restsIn!.Directory;
            using IStorageFile file = directory.OpenForReading(Name) ?? throw Gone(directory, Name);
            OffsetTable table = OffsetTable.TryOpen(directory, Header) ?? throw Gone(directory, OffsetTable.NameOf(FirstIndex));
            if (file.Length != Size || table.Records != LastIndex - FirstIndex + 1 || table.End != End)
            {
                table.Dispose();
                throw Gone(directory, OffsetTable.NameOf(FirstIndex));
            }

            _mapping = file.Map(Size);
            _table = table;
            _offsets = table.Offsets;
            _bytes = (byte*)_mapping.Address;
            _restsIn.Add(this);
        }
    }

    private static StorageFailedException Gone(IStorageDirectory directory, string name) =>
        new("open", Path.Combine(directory.Path, name), new IOException("The file was deleted or changed while its log is open."));

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
