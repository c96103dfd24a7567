using System.Collections.Generic;
using System.IO;
using System.Text;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>
/// The words of a text counted directly, in memory, the plain way, to hold the replicas' counts against. It shares no
/// code with <see cref="WordSource"/>: the text is read as
/// Latin-1, in which every byte is one character.
/// </summary>
internal sealed class ReferenceCount
{
    private readonly Dictionary<string, long> _counts = [];

    private ReferenceCount()
    {
    }

    /// <summary>How many words the text has.</summary>
    public long Words { get; private set; }

    /// <summary>How many different ones.</summary>
    public int DistinctWords => _counts.Count;

    /// <summary>Counts a text.</summary>
    public static ReferenceCount Of(DemoInput input)
    {
        ReferenceCount count = new();
        foreach (string file in input.Files)
        {
            using StreamReader reader = new(file, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
            count.Add(reader, input.Repeat);
        }

        return count;
    }

    /// <summary>Whether a replica has these counts, and no other words.</summary>
    /// <param name="store">The replica's state.</param>
    /// <param name="ignored">A key that is not part of the text.</param>
    public bool Matches(KvStateMachine store, string ignored)
    {
        int matching = 0;
        using KvStateMachine.Reader reader = store.OpenRead();
        foreach ((byte[] key, KvItem item) in reader)
        {
            string word = Encoding.Latin1.GetString(key);
            if (word == ignored)
            {
                continue;
            }

            if (!_counts.TryGetValue(word, out long expected) || !item.Value.TryGetInteger(out long actual) || actual != expected)
            {
                return false;
            }

            matching++;
        }

        return matching == _counts.Count;
    }

    private void Add(StreamReader reader, int repeat)
    {
        StringBuilder word = new();
        int read;
        do
        {
            read = reader.Read();
            char letter = (char)read;
            bool inWord = read >= 0 && (char.IsAsciiLetterOrDigit(letter) || letter == '\'' || letter >= 0x80);
            if (inWord)
            {
                word.Append(char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter);
            }
            else if (word.Length > 0)
            {
                string key = word.ToString(0, System.Math.Min(word.Length, WordSource.MaxWordBytes));
                _counts[key] = _counts.GetValueOrDefault(key) + repeat;
                Words += repeat;
                word.Clear();
            }
        }
        while (read >= 0);
    }
}
