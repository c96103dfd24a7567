using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>A log that nobody has open, to be damaged: two sealed segments and an active one, and what must be found in it.</summary>
internal sealed class FinishedLog : IDisposable
{
    private readonly DiskImage _image;

    /// <summary>Makes one.</summary>
    /// <param name="isClosed">True if it was closed, so that its last mark vouches for all of it; false if its process died after the last sync: the mark then vouches for what
    /// was synced before that.</param>
    public FinishedLog(bool isClosed)
    {
        ScriptedLog log = new(new FakeDisk(Options.SegmentSizeBytes + DiskFile.PageBytes), Options);
        log.Open();
        log.Save(3, 2);
        log.Groups(26, 1, 1000);
        log.AppendDurably(1, 0);
        log.AppendDurably(4, 60);
        log.AppendDurably(3, 333);
        log.Save(4, 1);
        FirstUnclaimed = log.Log.LastIndex - 2;
        if (isClosed)
        {
            log.Close();
            FirstUnclaimed += 3;
        }
        else
        {
            log.Die();
        }

        Model = log.Model;
        _image = log.Disk.Image.WithoutUnsynced();
        log.Dispose();
        using FakeDisk disk = new(_image.Clone());
        DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), Options);
        LocateRecords(data.Log);
        data.Abandon();
    }

    public static LogOptions Options => LogScripts.SmallSegments;

    /// <summary>What is in it.</summary>
    public LogModel Model { get; }

    /// <summary>The first index of which no mark says that it was on disk.</summary>
    public long FirstUnclaimed { get; }

    /// <summary>The names of its segments.</summary>
    public List<string> Segments { get; } = [];

    /// <summary>Where each record starts and ends, by its index.</summary>
    public Dictionary<long, (string Segment, int Start, int End)> Records { get; } = [];

    public string ActiveSegment => Segments[^1];

    public IEnumerable<string> Files => _image.Names.Keys;

    /// <summary>A file's content.</summary>
    public byte[] ContentOf(string file) => _image.FileOf(file).Content.ToArray();

    /// <summary>Where the records of a segment end, and its mark stands.</summary>
    public int EndOf(string segment)
    {
        int end = SegmentFormat.HeaderBytes;
        foreach ((string name, _, int recordEnd) in Records.Values)
        {
            end = name == segment ? Math.Max(end, recordEnd) : end;
        }

        return end;
    }

    /// <summary>The same log, to be changed.</summary>
    public DiskImage Copy() => _image.Clone();

    public void Dispose() => _image.Dispose();

    private void LocateRecords(SegmentedLog log)
    {
        int start = SegmentFormat.HeaderBytes;
        long first = 1;
        for (long index = 1; index <= log.LastIndex; index++)
        {
            if (_image.Names.ContainsKey(SegmentFormat.NameOf(index)))
            {
                Segments.Add(SegmentFormat.NameOf(index));
                first = index;
                start = SegmentFormat.HeaderBytes;
            }

            int end = start + log.RunBytes(index, index).Length;
            Records[index] = (SegmentFormat.NameOf(first), start, end);
            start = end;
        }
    }
}
