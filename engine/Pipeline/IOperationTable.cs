namespace RaftEngine.Pipeline;

/// <summary>Finds an operation from the slot that stands in the inbox.</summary>
internal interface IOperationTable
{
    /// <summary>Returns the operation of a slot. Called by the loop, or by the thread that drains the inbox after the
    /// loop has ended; the inbox's release and acquire have published it.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The operation; null if it has ended, as one may that comes while the inbox is closed.</returns>
    Operation? BySlot(long slot);
}
