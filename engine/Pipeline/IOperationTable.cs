namespace RaftEngine.Pipeline;

/// <summary>Finds an operation from the slot that stands in the inbox.</summary>
internal interface IOperationTable
{
    /// <summary>The operation of a slot. By the loop, or by whoever empties the inbox after it; the inbox's release and acquire have published it.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The operation; null if it has ended, as one may that comes while the inbox is closed.</returns>
    Operation? BySlot(long slot);
}
