using System;
using System.Buffers.Binary;
using RaftEngine.Log;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Log;

public sealed class RunVerifierTests : IDisposable
{
    private const int MaxPayload = 1024;

    private readonly TemporaryLog _directory = new();
    private readonly byte[] _run;
    private readonly ulong _previous;

    public RunVerifierTests()
    {
        _directory.Append(3, term: 2, size: 16);
        _directory.Append(4, term: 3, size: 11);
        _run = _directory.Log.RunBytes(4, 7).ToArray();
        _previous = _directory.Log.ChainAt(3);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_run_as_it_stands_in_the_log_is_accepted() => Assert.True(Verify(_run));

    [Fact]
    public void A_run_with_any_bit_flipped_is_refused()
    {
        for (int bit = 0; bit < 8 * _run.Length; bit++)
        {
            byte[] damaged = _run.AsSpan().ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Verify(damaged), $"bit {bit}");
        }
    }

    [Fact]
    public void A_run_cut_anywhere_or_with_bytes_behind_it_is_refused()
    {
        for (int length = 0; length < _run.Length; length++)
        {
            Assert.False(Verify(_run.AsSpan(0, length)), $"length {length}");
        }

        Assert.False(Verify([.. _run, 0]));
        Assert.False(Verify([.. _run, .. _run]));
    }

    [Fact]
    public void A_run_that_is_not_what_its_frame_says_is_refused()
    {
        Assert.False(RunVerifier.Verify(_run, 3, 6, 3, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, 6, 3, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, 8, 3, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, long.MaxValue, 3, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, 3, 3, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, 7, 2, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, 7, 3, _previous + 1, MaxPayload));
        Assert.False(RunVerifier.Verify(_run, 4, 7, 3, _previous, 10));
        Assert.False(RunVerifier.Verify([], 4, 7, 3, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify([], 0, 0, 0, _previous, MaxPayload));
        Assert.False(RunVerifier.Verify(_directory.Log.RunBytes(3, 7), 3, 7, 2, _directory.Log.ChainAt(2), MaxPayload));
    }

    [Theory]
    [InlineData(0x7FFF_FFFFu)]
    [InlineData(0x8000_0000u)]
    [InlineData(0xFFFF_FFE0u)]
    [InlineData(0xFFFF_FFFFu)]
    [InlineData(1_000_000u)]
    public void A_length_that_lies_is_refused_before_anything_is_read_by_it(uint length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_run, length);
        Assert.False(RunVerifier.Verify(_run, 4, 7, 3, _previous, int.MaxValue));
    }

    [Fact]
    public void A_chain_of_zeros_is_no_run() => Assert.False(RunVerifier.Verify(new byte[64], 1, 2, 0, 0, MaxPayload));

    [Fact]
    public void Verifying_allocates_nothing()
    {
        Assert.True(Verify(_run));
        long before = ThreadAllocations.Begin();
        bool accepted = true;
        for (int i = 0; i < 1000; i++)
        {
            accepted &= Verify(_run);
        }

        Assert.Equal(0, ThreadAllocations.Since(before));
        Assert.True(accepted);
    }

    private bool Verify(ReadOnlySpan<byte> run) => RunVerifier.Verify(run, 4, 7, 3, _previous, MaxPayload);
}
