using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Reads the text of a history: one event a line, positions are line numbers. Empty lines, and lines that are not about a client, are passed over.
/// </summary>
internal static class HistoryReader
{
    /// <summary>The longest file that is read.</summary>
    public const long MaxFileBytes = 256L << 20;

    /// <exception cref="HistoryFormatException">A line cannot be understood, does not fit the lines before it, or the file is too long.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<Operation> ReadFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > MaxFileBytes)
        {
            throw new HistoryFormatException($"The history has {file.Length} bytes; at most {MaxFileBytes} are read.");
        }

        using StreamReader text = new(file);
        return Read(text);
    }

    /// <exception cref="HistoryFormatException">A line cannot be understood, or does not fit the lines before it.</exception>
    public static IReadOnlyList<Operation> Read(TextReader text)
    {
        List<Operation?> operations = [];
        Dictionary<int, int> openByProcess = [];
        for (int number = 1; text.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                HistoryEvent read = new HistoryLineParser(line).Parse();
                if (read.Process is { } process)
                {
                    Add(operations, openByProcess, read, process, number);
                }
            }
            catch (HistoryFormatException wrong)
            {
                throw new HistoryFormatException(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {wrong.Message}."), wrong);
            }
        }

        return [.. Known(operations)];
    }

    private static IEnumerable<Operation> Known(List<Operation?> operations)
    {
        foreach (Operation? operation in operations)
        {
            if (operation is not null)
            {
                yield return operation;
            }
        }
    }

    private static void Add(List<Operation?> operations, Dictionary<int, int> openByProcess, HistoryEvent read, int process, int position)
    {
        bool isOpen = openByProcess.TryGetValue(process, out int place);
        if (read.Type == "invoke")
        {
            if (isOpen)
            {
                throw new HistoryFormatException($"process {process} starts an operation before the one of line {operations[place]!.Invoked} has ended");
            }

            openByProcess.Add(process, operations.Count);
            operations.Add(Invoked(read, process, position));
            return;
        }

        if (!isOpen)
        {
            throw new HistoryFormatException($"process {process} ends an operation that it has not started");
        }

        Operation open = operations[place]!;
        if (open.Kind != KindOf(read.Function))
        {
            throw new HistoryFormatException($"process {process} ends another operation than the one of line {open.Invoked}");
        }

        openByProcess.Remove(process);
        operations[place] = read.Type switch
        {
            "ok" => open with { Returned = position, ResultKnown = true, Result = ResultOf(open.Kind, read) },
            "fail" => null,
            "info" => open, // unknown forever
            _ => throw new HistoryFormatException($"expected :invoke, :ok, :fail or :info, found :{read.Type}"),
        };
    }

    private static Operation Invoked(HistoryEvent read, int process, int position)
    {
        OperationKind kind = KindOf(read.Function);
        int wanted = kind == OperationKind.CompareAndSet ? 2 : 1;
        if (read.Values.Length != wanted)
        {
            throw new HistoryFormatException($"{read.Function} takes {wanted} values, found {read.Values.Length}");
        }

        return new Operation
        {
            Process = process,
            Kind = kind,
            Key = read.Key,
            Argument = kind is OperationKind.Read or OperationKind.Get ? null : read.Values[^1],
            Expected = kind == OperationKind.CompareAndSet ? read.Values[0] : null,
            Invoked = position,
        };
    }

    // Of a read what was read, of an increment the sum; the others are answered with what they were asked.
    private static string? ResultOf(OperationKind kind, HistoryEvent read) =>
        kind is not (OperationKind.Read or OperationKind.Get or OperationKind.Increment) ? null
        : read.Values is [var value] ? value
        : throw new HistoryFormatException($"{read.Function} answers one value, found {read.Values.Length}");

    private static OperationKind KindOf(string function) => function switch
    {
        "read" => OperationKind.Read,
        "write" => OperationKind.Write,
        "cas" => OperationKind.CompareAndSet,
        "get" => OperationKind.Get,
        "put" => OperationKind.Put,
        "append" => OperationKind.Append,
        "add" => OperationKind.Increment,
        _ => throw new HistoryFormatException($"expected read, write, cas, get, put, append or add, found {function}"),
    };
}
