using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>A closed log, to be damaged: two sealed segments and an active one, and what must be found in it.</summary>
internal sealed class FinishedLog : IDisposable
{
    private readonly DiskImage _image;

    public FinishedLog(Kinds kind = Kinds.Closed)
    {
        Kind = kind;
        LogOptions options = kind == Kinds.Interrupted ? Options with { Scheduler = IdleScheduler.Instance } : Options;
        ScriptedLog log = new(new FakeDisk(Options.SegmentSizeBytes + DiskFile.PageBytes), options);
        log.Open();
        log.Save(3, 2);
        if (kind == Kinds.Recycled)
        {
            log.Groups(16, 2, 1400);
            log.Sync();
            log.Compact(log.Flushed); // what now comes goes into files that were segments
            log.Groups(2, 2, 1400);
            log.Compact(log.Flushed);
        }

        log.Groups(26, 1, 1000);
        log.AppendDurably(1, 0);
        log.AppendDurably(4, 60);
        log.AppendDurably(3, 333);
        log.Save(4, 1);
        FirstUnclaimed = log.Log.LastIndex - 2;
        switch (kind)
        {
            case Kinds.Closed:
                log.Close();
                FirstUnclaimed = long.MaxValue;
                break;
            case Kinds.Recycled:
                log.Idle();
                FirstUnclaimed = long.MaxValue;
                break;
            case Kinds.Interrupted:
                log.Idle();
                log.Groups(5, 1, 2500); // into a file that has no name yet; it is not synced
                FirstUnclaimed = log.Model.Acknowledged + 1;
                break;
        }

        log.Die();
        Model = log.Model;
        using DiskImage left = log.Disk.Image.Clone(); // the process has died, and not the machine
        _image = Settled(left);
        log.Dispose();
        Locate();
    }

    /// <summary>How it ended.</summary>
    public enum Kinds
    {
        /// <summary>Closed: its last mark vouches for all of it.</summary>
        Closed,

        /// <summary>Its process died after the last sync: the mark then vouches for what was synced before that.</summary>
        Died,

        /// <summary>It was compacted, is written in recycled files with old records and marks in them, and its process died once it was idle.</summary>
        Recycled,

        /// <summary>Its process died between the two ends of a roll: the last records are in a prepared file.</summary>
        Interrupted,
    }

    public static LogOptions Options => LogScripts.SmallSegments;

    public Kinds Kind { get; }

    /// <summary>What is in it.</summary>
    public LogModel Model { get; }

    /// <summary>The first index of which no mark says that it was on disk.</summary>
    public long FirstUnclaimed { get; }

    /// <summary>The files that hold records, in the order of their indexes; the last may be a prepared one.</summary>
    public List<string> Segments { get; } = [];

    /// <summary>Where each record starts and ends, by its index.</summary>
    public SortedDictionary<long, (string File, int Start, int End)> Records { get; } = [];

    /// <summary>True if a file is whole on disk, with a mark that says so.</summary>
    public bool IsSealed(string file) => Segments.IndexOf(file) is >= 0 and int place && place < Segments.Count - (Kind == Kinds.Interrupted ? 2 : 1);

    /// <summary>True if it is the last of these: that the next one has its name proves all that its seal
    /// says.</summary>
    public bool IsLastSealed(string file) => IsSealed(file) && !IsSealed(Segments[Segments.IndexOf(file) + 1]);

    /// <summary>The file that was written last.</summary>
    public string ActiveFile => Segments[^1];

    public IEnumerable<string> Files => _image.Names.Keys;

    public bool HasFile(string file) => _image.Names.ContainsKey(file);

    /// <summary>A file's content.</summary>
    public byte[] ContentOf(string file) => _image.FileOf(file).Content.ToArray();

    /// <summary>Where the records of a segment end, and its mark stands.</summary>
    public int EndOf(string segment) => Records.Values.Where(record => record.File == segment).Max(static record => record.End);

    /// <summary>The same log, to be changed.</summary>
    public DiskImage Copy() => _image.Clone();

    public void Dispose() => _image.Dispose();

    private static DiskImage Settled(DiskImage image)
    {
        DiskImage settled = new(image.FileCapacity);
        foreach (string name in image.Names.Keys)
        {
            settled.Put(name, image.FileOf(name).Content);
        }

        return settled;
    }

    private void Locate()
    {
        foreach (string file in Files.Where(static file => file.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            Locate(file);
        }

        foreach (string file in Files.Where(SegmentFactory.IsPrepared))
        {
            Locate(file);
        }
    }

    // By the model, that is, by what was appended: sizes and order.
    private void Locate(string file)
    {
        byte[] content = ContentOf(file);
        long index = BitConverter.ToInt64(content, 16);
        bool isNext = Records.Count == 0 ? index == Model.FirstIndexes[0] : index == Records.Keys.Last() + 1;
        if (!isNext)
        {
            return;
        }

        Segments.Add(file);
        for (int start = SegmentFormat.HeaderBytes; index <= Model.LastIndex; index++)
        {
            int end = start + (int)RecordFormat.SizeOf((uint)Model[index].Payload.Length);
            if (end > content.Length - TailMark.SizeInBytes || BitConverter.ToInt64(content, start + 8) != index)
            {
                return;
            }

            Records[index] = (file, start, end);
            start = end;
        }
    }
}
