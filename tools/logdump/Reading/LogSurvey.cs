using System;
using System.Collections.Generic;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Reading;

/// <summary>Numbers over all records of a log, of one pass. Memory is bounded, whatever the log holds.</summary>
internal sealed class LogSurvey
{
    /// <summary>So many terms are kept one by one; of more than this only the number.</summary>
    public const int MostTerms = 4096;

    private readonly long[] _counts = new long[256];
    private readonly long[] _payloadBytes = new long[256];
    private readonly List<TermRun> _terms = [];
    private readonly TermRuns _runs;
    private long _recordBytes;
    private long _time;

    private LogSurvey(PayloadDecoder? decoder)
    {
        Types = decoder is null ? null : new CommandTypes(decoder);
        _runs = new TermRuns(run =>
        {
            TermCount++;
            if (_terms.Count < MostTerms)
            {
                _terms.Add(run);
            }
        });
    }

    /// <summary>Commands by what their decoder says they are; null without one.</summary>
    public CommandTypes? Types { get; }

    /// <summary>What the verification of the same pass found.</summary>
    public LogVerification Verification { get; private set; } = null!;

    public SizeHistogram Sizes { get; } = new();

    public GrowthCurve Growth { get; } = new();

    public IReadOnlyList<TermRun> Terms => _terms;

    public long TermCount { get; private set; }

    /// <summary>What the records take on disk.</summary>
    public long RecordBytes => _recordBytes;

    /// <summary>The kinds that occur.</summary>
    public IEnumerable<EntryKind> Kinds
    {
        get
        {
            for (int kind = 0; kind < _counts.Length; kind++)
            {
                if (_counts[kind] > 0)
                {
                    yield return (EntryKind)kind;
                }
            }
        }
    }

    public long CountOf(EntryKind kind) => _counts[(int)kind];

    public long PayloadBytesOf(EntryKind kind) => _payloadBytes[(int)kind];

    /// <summary>Reads a log.</summary>
    /// <param name="inspector">The log.</param>
    /// <param name="decoder">Tells of what types commands are; null not to count these.</param>
    /// <param name="onProgress">Is told how many bytes of records have been read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found up to its end, or the first damage.</returns>
    /// <exception cref="DecoderFailedException">The decoder did not answer.</exception>
    public static LogSurvey Of(LogInspector inspector, PayloadDecoder? decoder, Action<long>? onProgress,
        CancellationToken cancellationToken)
    {
        LogSurvey survey = new(decoder);
        survey.Verification = inspector.Verify(survey.Add, onProgress, cancellationToken);
        survey._runs.Complete();
        survey.Types?.Complete();
        return survey;
    }

    private bool Add(string segment, long offset, LogRecord record)
    {
        int kind = (int)record.Kind;
        _counts[kind]++;
        _payloadBytes[kind] += record.Payload.Length;
        _recordBytes += RecordFormat.SizeOf((uint)record.Payload.Length);
        Sizes.Add(record.Payload.Length);
        _runs.Add(record);
        Types?.Add(record);
        if (record.Kind == EntryKind.Session && SessionFormat.TryRead(record.Payload, out SessionHeader header))
        {
            _time = Math.Max(_time, header.TimeMilliseconds);
            Growth.Add(_time, record.Index, _recordBytes);
        }

        return true;
    }
}
