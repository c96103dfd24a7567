using System;
using System.Collections.Generic;

namespace RaftEngine.Fuzz;

/// <summary>Something that reads bytes which it must not trust. One thread at a time.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs that it takes: others are made of these.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>The most bytes that an input has.</summary>
    public virtual int MaxBytes => 64 << 10;

    /// <summary>The most bytes that one input may make it allocate.</summary>
    public virtual long MaxAllocatedBytes => 4 << 20;

    /// <summary>Makes the checksums of an input right again, so that it gets past them.</summary>
    public virtual void Repair(Span<byte> input)
    {
    }

    /// <summary>Reads an input. Anything that it throws is a crash, unless <see cref="IsTyped"/>.</summary>
    public abstract void Run(byte[] input);

    /// <summary>True for an exception that says what is wrong with the input.</summary>
    public virtual bool IsTyped(Exception exception) => false;

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what it holds.</summary>
    protected virtual void Close()
    {
    }

    /// <summary>Fails the input.</summary>
    protected static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzException(what);
        }
    }
}
