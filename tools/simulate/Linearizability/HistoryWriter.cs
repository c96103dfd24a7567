using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Writes a history as text that <see cref="HistoryReader"/> reads: a map a line. Operations of unknown outcome end so at once, whenever they may take effect.
/// A compare-and-set that found another value ends as failed, which tells a reader less than was known.
/// </summary>
internal static class HistoryWriter
{
    public static void Write(TextWriter output, IEnumerable<Operation> history)
    {
        List<(long Position, bool IsReturn, Operation Operation)> events = [];
        foreach (Operation operation in history)
        {
            events.Add((operation.Invoked, false, operation));
            if (!operation.MayBeLeftOut)
            {
                events.Add((operation.Returned, true, operation));
            }
        }

        events.Sort((left, right) => (left.Position, left.IsReturn).CompareTo((right.Position, right.IsReturn)));
        foreach ((_, bool isReturn, Operation operation) in events)
        {
            output.WriteLine(LineOf(operation, isReturn ? TypeOfEnd(operation) : "invoke"));
            if (operation.MayBeLeftOut)
            {
                output.WriteLine(LineOf(operation, "info"));
            }
        }
    }

    private static string TypeOfEnd(Operation operation) => operation is { Kind: OperationKind.CompareAndSet, Result: Operation.NotSwapped } ? "fail" : "ok";

    private static string LineOf(Operation operation, string type)
    {
        string function = operation.Kind switch
        {
            OperationKind.Read => "read",
            OperationKind.Write => "write",
            OperationKind.CompareAndSet => "cas",
            OperationKind.Get => "get",
            OperationKind.Put => "put",
            OperationKind.Append => "append",
            _ => "add",
        };
        string value = operation.Kind switch
        {
            OperationKind.CompareAndSet => $"[{Quote(operation.Expected)} {Quote(operation.Argument)}]",
            OperationKind.Read or OperationKind.Get or OperationKind.Increment when type == "ok" => Quote(operation.Result),
            _ => Quote(operation.Argument),
        };
        string key = operation.Key is null ? "" : $":key {Quote(operation.Key)}, ";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{:process {operation.Process}, :type :{type}, :f :{function}, {key}:value {value}}}");
    }

    private static string Quote(string? text) => text is null
        ? "nil"
        : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t")}\"";
}
