using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Demo;
using RaftEngine.Samples.Kv.Store;
using Xunit;

namespace RaftEngine.Tests.Samples;

public sealed class WordSourceTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("raft-words-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Words_are_runs_of_letters_digits_and_apostrophes_in_lower_case()
    {
        DemoInput input = Input(1, "The log, don't\tforget: IT'S the-log; r2d2 na\u00efve!\r\n");
        Assert.Equal(["the", "log", "don't", "forget", "it's", "the", "log", "r2d2", "na\u00efve"], Words(input, 4096));
    }

    [Fact]
    public void Every_size_of_chunk_gives_the_same_words()
    {
        DemoInput input = Input(2, "one two  three, \u00fcber Four", "FIVE, six ");
        List<string> expected = Words(input, 4096);
        Assert.Equal(14, expected.Count);
        for (int chunk = 1; chunk < 40; chunk++)
        {
            Assert.Equal(expected, Words(input, chunk));
        }
    }

    [Fact]
    public void A_word_does_not_go_on_in_the_next_file()
    {
        Assert.Equal(["ab", "cd", "ab", "cd"], Words(Input(2, "ab", "cd"), 4096));
        Assert.Equal(["ab", "cd"], Words(Input(1, "", "ab", "", "cd", ""), 1));
    }

    [Fact]
    public void Of_a_long_word_the_beginning_counts()
    {
        string longWord = new('x', 200);
        Assert.Equal([longWord[..WordSource.MaxWordBytes], "y"], Words(Input(1, longWord + " y"), 7));
    }

    [Fact]
    public void Several_threads_take_every_word_once()
    {
        DemoInput input = Input(50, string.Join(' ', Enumerable.Range(0, 1000)));
        using WordSource source = new(input, 64);
        int[] taken = new int[4];
        Parallel.For(0, taken.Length, i =>
        {
            byte[] word = new byte[WordSource.MaxWordBytes];
            while (source.Take(word) > 0)
            {
                taken[i]++;
            }
        });
        Assert.Equal(50_000, taken.Sum());
    }

    [Fact]
    public void The_direct_count_agrees_with_the_words_taken_and_notices_one_too_many()
    {
        Random random = new(5);
        byte[] noise = new byte[200_000];
        random.NextBytes(noise);
        for (int i = 0; i < noise.Length; i++)
        {
            noise[i] = noise[i] < 200 ? (byte)"aAbB'\n 1"[noise[i] % 8] : noise[i];
        }

        string path = Path.Combine(_directory.FullName, "noise");
        File.WriteAllBytes(path, noise);
        DemoInput input = new("noise", [path], 2);
        ReferenceCount reference = ReferenceCount.Of(input);
        KvStateMachine store = new();
        byte[] word = new byte[WordSource.MaxWordBytes];
        byte[] command = new byte[256];
        long words = 0;
        using (WordSource source = new(input, 1000))
        {
            while (source.Take(word) is > 0 and int length)
            {
                Assert.False(words > 0 && reference.Matches(store, "none"));
                words++;
                store.Apply(command.AsSpan(0, KvCommandWriter.EncodeIncrementBy(command, word.AsSpan(0, length), 1)));
                if (words > 1000)
                {
                    break;
                }
            }

            while (source.Take(word) is > 0 and int length)
            {
                words++;
                store.Apply(command.AsSpan(0, KvCommandWriter.EncodeIncrementBy(command, word.AsSpan(0, length), 1)));
            }
        }

        Assert.Equal(reference.Words, words);
        Assert.True(reference.Matches(store, "none"));
        store.Apply(command.AsSpan(0, KvCommandWriter.EncodeIncrementBy(command, "one client"u8, 1)));
        Assert.True(reference.Matches(store, "one client"));
        Assert.False(reference.Matches(store, "none"));
    }

    [Fact]
    public void The_shipped_texts_are_there()
    {
        DemoInput shipped = DemoInput.Shipped();
        Assert.NotEmpty(shipped.Files);
        Assert.True(shipped.PassBytes > 10_000);
        Assert.True(ReferenceCount.Of(shipped with { Repeat = 1 }).DistinctWords > 500);
    }

    private static List<string> Words(DemoInput input, int chunkBytes)
    {
        List<string> words = [];
        using WordSource source = new(input, chunkBytes);
        byte[] word = new byte[WordSource.MaxWordBytes];
        while (source.Take(word) is > 0 and int length)
        {
            words.Add(Encoding.UTF8.GetString(word, 0, length));
        }

        return words;
    }

    private DemoInput Input(int repeat, params string[] texts)
    {
        string[] files = [.. texts.Select((text, i) =>
        {
            string path = Path.Combine(_directory.FullName, $"{i}.txt");
            File.WriteAllText(path, text);
            return path;
        })];
        return new DemoInput("a test", files, repeat);
    }
}
