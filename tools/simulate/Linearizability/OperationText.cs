namespace RaftEngine.Simulate.Linearizability;

/// <summary>Operations and values in words.</summary>
internal static class OperationText
{
    /// <summary>What was asked and, if it is known, what was answered.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="maxValueLength">Where values are cut, in the middle.</param>
    public static string Of(Operation operation, int maxValueLength)
    {
        string argument = Value(operation.Argument, maxValueLength);
        string asked = operation.Kind switch
        {
            OperationKind.Read => "read",
            OperationKind.Write => $"write {argument}",
            OperationKind.CompareAndSet => $"cas {Value(operation.Expected, maxValueLength)} \u2192 {argument}",
            OperationKind.Get => "get",
            OperationKind.Put => $"put {argument}",
            OperationKind.Append => $"append {argument}",
            _ => $"add {argument}",
        };
        return operation switch
        {
            { ResultKnown: false } => $"{asked} ?",
            { IsRead: true } or { Kind: OperationKind.Increment } => $"{asked} = {Value(operation.Result, maxValueLength)}",
            { Kind: OperationKind.CompareAndSet } => operation.Result == Operation.NotSwapped ? $"{asked}: no" : $"{asked}: yes",
            _ => asked,
        };
    }

    /// <summary>A value: plain if it is one word, else in quotation marks; cut in the middle if it is long.</summary>
    public static string Value(string? value, int maxLength)
    {
        if (value is null)
        {
            return "nil";
        }

        string text = value;
        if (value.Length > maxLength)
        {
            int tail = maxLength * 2 / 3; // what was appended last tells most
            text = $"{value[..(maxLength - tail - 1)]}\u2026{value[^tail..]}";
        }

        return text.Length == 0 || text.Contains(' ') ? $"\"{text}\"" : text;
    }
}
