using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public class HistoryTextTests
{
    [Fact]
    public void A_jepsen_log_is_read()
    {
        IReadOnlyList<Operation> history = Read("""
            INFO  jepsen.util - 3	:invoke	:cas	[2 4]

            INFO  jepsen.util - :nemesis	:info	:start	nil
            INFO  jepsen.util - 0   :invoke :read   nil
            INFO  jepsen.util - 1	:invoke	:write	1
            INFO  jepsen.util - 0   :ok     :read   3
            INFO  jepsen.util - 3	:info	:cas	:timed-out
            INFO  jepsen.util - 1	:fail	:write	:timed-out
            INFO  jepsen.util - 2	:invoke	:read	nil
            """);

        Operation compareAndSet = new() { Process = 3, Kind = OperationKind.CompareAndSet, Expected = "2", Argument = "4", Invoked = 1 };
        Operation read = new() { Process = 0, Kind = OperationKind.Read, Result = "3", ResultKnown = true, Invoked = 4, Returned = 6 };
        Operation open = new() { Process = 2, Kind = OperationKind.Read, Invoked = 9 };
        Assert.Equal([compareAndSet, read, open], history);
    }

    [Fact]
    public void Maps_are_read()
    {
        IReadOnlyList<Operation> history = Read("""
            {:process 0, :type :invoke, :f :append, :key "7", :value "x \"0\" \\ y"}
            {:process 1, :type :invoke, :f :get, :key "7", :value nil}
            {:process 1, :type :ok, :f :get, :key "7", :value ""}
            {:process 0, :type :ok, :f :append, :key "7", :value "x"}
            """);

        Operation append = new()
        {
            Process = 0,
            Kind = OperationKind.Append,
            Key = "7",
            Argument = "x \"0\" \\ y",
            ResultKnown = true,
            Invoked = 1,
            Returned = 4,
        };
        Operation get = new() { Process = 1, Kind = OperationKind.Get, Key = "7", Result = "", ResultKnown = true, Invoked = 2, Returned = 3 };
        Assert.Equal([append, get], history);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("INFO  jepsen.util - x :invoke :read nil")]
    [InlineData("INFO  jepsen.util - 1 :invoke :read")]
    [InlineData("INFO  jepsen.util - 1 :invoke :read nil nil")]
    [InlineData("INFO  jepsen.util - 1 :invoke :remove nil")]
    [InlineData("INFO  jepsen.util - 1 :invoke :cas 1")]
    [InlineData("INFO  jepsen.util - 1 :invoke :cas [1 2")]
    [InlineData("INFO  jepsen.util - 1 :ok :read nil")]
    [InlineData("INFO  jepsen.util - 1 invoke :read nil")]
    [InlineData("{:process 1, :type :invoke, :f :get, :key \"7\", :value \"x}")]
    [InlineData("{:process 1, :type :invoke, :f :get, :key \"7\", :value \"\\q\"}")]
    [InlineData("{:process 1, :type :invoke, :f :get, :key \"7\", :value \"\\")]
    [InlineData("{:process 1, :type :invoke, :key \"7\", :value nil}")]
    [InlineData("{:process 1, :process 1, :type :invoke, :f :get, :value nil}")]
    [InlineData("{:process 1, :type :invoke, :f :get, :value nil")]
    [InlineData("{:process 1, :type :invoke, :f :get, :value nil} {}")]
    public void A_line_that_cannot_be_understood_is_named(string line)
    {
        HistoryFormatException wrong = Assert.Throws<HistoryFormatException>(() => Read($"INFO  jepsen.util - 0 :invoke :read nil\n{line}"));

        Assert.StartsWith("Line 2: ", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 :invoke :write 1")]
    [InlineData("0 :ok :write 1")]
    [InlineData("0 :done :read 1")]
    [InlineData("0 :ok :read [1 2]")]
    [InlineData("1 :ok :read 1")]
    public void A_line_that_does_not_fit_those_before_is_named(string line)
    {
        HistoryFormatException wrong = Assert.Throws<HistoryFormatException>(
            () => Read($"INFO  jepsen.util - 0 :invoke :read nil\nINFO  jepsen.util - {line}"));

        Assert.StartsWith("Line 2: ", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_text_is_refused_or_read_and_nothing_else()
    {
        string[] texts = [Beginning("register/etcd_000.log"), Beginning("kv/c10-bad.txt")];
        Random random = new(7);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            char[] damaged = texts[round % 2].ToCharArray();
            damaged[random.Next(damaged.Length)] = "\"\\{}[]: \0\nx9"[random.Next(12)];
            try
            {
                _ = Read(new string(damaged));
            }
            catch (HistoryFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 500, 1999);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void What_is_written_is_read_again(int modelNumber)
    {
        for (int seed = 0; seed < 50; seed++)
        {
            ISequentialModel model = Histories.Models[modelNumber];
            List<Operation> history = [.. Histories.Linearizable(new Random(seed), model, 40, 4)
                .Where(operation => operation.Result != Operation.NotSwapped).Select(operation => operation with { Key = "a \"key\"\n\\" })];
            using StringWriter text = new(CultureInfo.InvariantCulture);
            HistoryWriter.Write(text, history);
            IReadOnlyList<Operation> again = Read(text.ToString());

            // Positions become line numbers, so that only the order of the events stays.
            using StringWriter textAgain = new(CultureInfo.InvariantCulture);
            HistoryWriter.Write(textAgain, again);
            Assert.Equal(text.ToString(), textAgain.ToString());
            Assert.Equal(history.Count, again.Count);
            Assert.Equal(Verdict.Linearizable, LinearizabilityChecker.Check(again, model).Verdict);
        }
    }

    [Fact]
    public void A_compare_and_set_that_found_another_value_is_written_as_failed()
    {
        using StringWriter text = new(CultureInfo.InvariantCulture);
        HistoryRecorder recorder = new();
        recorder.Succeed(recorder.Invoke(0, OperationKind.CompareAndSet, argument: "1"), Operation.NotSwapped);
        HistoryWriter.Write(text, recorder.ToHistory());

        Assert.Contains(":fail", text.ToString(), StringComparison.Ordinal);
        Assert.Empty(Read(text.ToString()));
    }

    private static string Beginning(string name) => File.ReadAllText(Path.Combine(KnownHistories.Folder, name))[..3000];

    private static IReadOnlyList<Operation> Read(string text) => HistoryReader.Read(new StringReader(text));
}
