using RaftEngine.Pipeline;

namespace RaftEngine.Tests.Pipeline;

internal static class OperationExtensions
{
    /// <summary>Ends an operation with a result as the apply stage does, at once.</summary>
    public static void CompleteHere<TValue>(this Operation<TValue> operation, TValue value)
    {
        if (operation.Complete(value))
        {
            operation.Deliver();
        }
    }
}
