using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;

namespace RaftEngine.LogDump.Reading;

/// <summary>How many commands there are of which type, the type being the first word that a decoder says of a command.
/// Memory is bounded, whatever it says.</summary>
internal sealed class CommandTypes(PayloadDecoder decoder)
{
    private const int MostTypes = 256;
    private const int LongestName = 40;
    private const string Others = "(others)";

    private static readonly SearchValues<char> Ends = SearchValues.Create(" (:{=,");

    private readonly Dictionary<string, (long Records, long Bytes)> _types = new(StringComparer.Ordinal);
    private readonly Queue<int> _waiting = [];

    /// <summary>How many commands there are in all.</summary>
    public long Records { get; private set; }

    /// <summary>The types, the most frequent first.</summary>
    public IEnumerable<(string Name, long Records, long Bytes)> All =>
        _types.OrderByDescending(static type => type.Value.Records).ThenBy(static type => type.Key,
            StringComparer.Ordinal)
            .Select(static type => (type.Key, type.Value.Records, type.Value.Bytes));

    public void Add(in LogRecord record)
    {
        if (decoder.Feed(record))
        {
            _waiting.Enqueue(record.Payload.Length);
        }

        if (decoder.IsFull)
        {
            Complete();
        }
    }

    /// <summary>Counts what waits for the decoder.</summary>
    /// <exception cref="DecoderFailedException">It did not answer.</exception>
    public void Complete()
    {
        while (_waiting.TryDequeue(out int bytes))
        {
            ReadOnlySpan<char> name = NameIn(decoder.NextAnswer());
            Dictionary<string, (long Records, long Bytes)>.AlternateLookup<ReadOnlySpan<char>> byName =
                _types.GetAlternateLookup<ReadOnlySpan<char>>();
            name = _types.Count < MostTypes || byName.ContainsKey(name) ? name : Others;
            (long records, long all) = byName.TryGetValue(name, out (long Records, long Bytes) sum) ? sum : default;
            byName[name] = (records + 1, all + bytes);
            Records++;
        }
    }

    private static ReadOnlySpan<char> NameIn(ReadOnlySpan<char> answer)
    {
        int end = answer.IndexOfAny(Ends);
        ReadOnlySpan<char> name = end < 0 ? answer : answer[..end];
        return name.IsEmpty ? "(none)" : name[..Math.Min(name.Length, LongestName)];
    }
}
