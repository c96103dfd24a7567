using System;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// Reads the committed commands of a log on the threads of its caller, a chunk at a time, into a buffer of its own. While it
/// reads a chunk its state is <see cref="Reading"/>, and the loop, which respects its position, does not compact or replace
/// what it reads. One caller at a time.
/// </summary>
internal sealed class LogReader : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Joining = 0; // the loop does not know it yet
    private const int Idle = 1;
    private const int Reading = 2;
    private const int Held = 3;    // by the loop, which replaces the log
    private const int Ended = 4;

    /// <summary>The most commands of a chunk, and the bytes after which it ends.</summary>
    private const int ChunkCommands = 256;
    private const int ChunkBytes = 64 << 10;

    private readonly SegmentedLog _log;

    // The caller's.
    private readonly CommittedCommand[] _commands = new CommittedCommand[ChunkCommands];
    private byte[] _buffer = new byte[ChunkBytes];
    private int _count;
    private int _next;
    private ManualResetValueTaskSourceCore<bool> _signal; // set by the thread that takes _waiting from 1 to 0

    private int _state;
    private int _waiting;         // 1: the caller awaits the signal
    private long _position;       // the next index to read: the caller writes it while it reads, the loop reads it
    private long _handedOut;      // the last index that the caller was given: it may not have finished with it
    private long _commitIndex;    // the loop writes it
    private int _cancelled;       // 1: the caller is to look at its token
    private Exception? _end;      // written before the state becomes Ended

    public LogReader(SegmentedLog log, long fromIndex, string? name)
    {
        _log = log;
        _position = _handedOut = fromIndex;
        Name = name;
    }

    /// <summary>Null for a reader that the log does not wait for.</summary>
    public string? Name { get; }

    /// <summary>It no longer reads what is before this index. Acquire: pairs with the release in <see cref="TryFill"/>.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>The caller may ask again for what is at this index, if it starts anew.</summary>
    public long NeededFrom => Volatile.Read(ref _handedOut);

    /// <summary>True once it has ended.</summary>
    public bool HasEnded => Volatile.Read(ref _state) == Ended;

    /// <summary>Takes the next command of the chunk. The caller's.</summary>
    public bool TryTake(out CommittedCommand command)
    {
        if (_next == _count)
        {
            command = default;
            return false;
        }

        command = _commands[_next++];
        Volatile.Write(ref _handedOut, command.Index); // pairs with the read in NeededFrom
        return true;
    }

    /// <summary>Reads the next chunk. The caller's.</summary>
    /// <returns>False if there is none yet: await <see cref="WaitAsync"/>.</returns>
    public bool TryFill()
    {
        (_next, _count) = (0, 0);
        int state = Interlocked.CompareExchange(ref _state, Reading, Idle); // full fence: pairs with those of the loop
        if (state == Ended)
        {
            throw _end!;
        }

        if (state != Idle)
        {
            return false;
        }

        try
        {
            Read(Volatile.Read(ref _commitIndex)); // acquire: pairs with the release in PublishCommit
        }
        finally
        {
            Volatile.Write(ref _state, Idle); // release: what was read was read before
        }

        return _count > 0;
    }

    /// <summary>Waits until <see cref="TryFill"/> may find more, or throws. The caller's.</summary>
    public ValueTask WaitAsync()
    {
        _signal.Reset();
        Interlocked.Exchange(ref _waiting, 1); // full fence: pairs with the one in Notify
        if (MayGoOn && Interlocked.Exchange(ref _waiting, 0) == 1)
        {
            return ValueTask.CompletedTask;
        }

        return new ValueTask(this, _signal.Version);
    }

    /// <summary>Ends a wait, if there is one. Any thread.</summary>
    public void Notify()
    {
        Interlocked.MemoryBarrier(); // what has changed is seen by the caller, or its wait here: pairs with the exchange in WaitAsync
        if (Volatile.Read(ref _waiting) == 1 && Interlocked.Exchange(ref _waiting, 0) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Ends this wait and all that follow: the caller looks at its token. Any thread.</summary>
    public void CancelWaits()
    {
        Volatile.Write(ref _cancelled, 1);
        Notify();
    }

    /// <summary>Publishes what is committed. The loop's.</summary>
    public void PublishCommit(long commitIndex)
    {
        if (commitIndex != _commitIndex)
        {
            Volatile.Write(ref _commitIndex, commitIndex); // release: the log comes first
            Notify();
        }
    }

    /// <summary>The loop knows it, and respects its position from now on. The loop's.</summary>
    public void Admit()
    {
        Interlocked.CompareExchange(ref _state, Idle, Joining);
        Notify();
    }

    /// <summary>Holds it, for the log to be replaced. The loop's.</summary>
    /// <returns>False if it is just reading.</returns>
    public bool TryHold() => Interlocked.CompareExchange(ref _state, Held, Idle) != Reading;

    /// <summary>Lets it go on. The loop's.</summary>
    public void Release()
    {
        Interlocked.CompareExchange(ref _state, Idle, Held);
        Notify();
    }

    /// <summary>Ends it, unless it is just reading. Any thread.</summary>
    /// <param name="end">What its caller is told.</param>
    public bool TryEnd(Exception end)
    {
        int state = Volatile.Read(ref _state);
        while (state is not (Reading or Ended))
        {
            _end = end; // published by the exchange; without it, the next attempt's counts
            int found = Interlocked.CompareExchange(ref _state, Ended, state);
            state = found == state ? Ended : found;
        }

        Notify();
        return state == Ended;
    }

    void IThreadPoolWorkItem.Execute() => _signal.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private bool MayGoOn => Volatile.Read(ref _cancelled) != 0 || Volatile.Read(ref _state) switch
    {
        Ended => true,
        Idle => Volatile.Read(ref _commitIndex) >= _position,
        _ => false,
    };

    private void Read(long commitIndex)
    {
        int used = 0;
        long index = _position;
        for (; index <= commitIndex && _count < ChunkCommands && used < ChunkBytes; index++)
        {
            LogRecord record = _log.Read(index);
            ReadOnlySpan<byte> command = record.Payload;
            SessionHeader session = default;
            if (record.Kind == EntryKind.Session && SessionFormat.TryRead(command, out session) && session.Operation == SessionOperation.Command)
            {
                command = command[SessionFormat.HeaderBytes..];
            }
            else if (record.Kind != EntryKind.Command)
            {
                continue;
            }

            if (command.Length > _buffer.Length - used)
            {
                if (_count > 0)
                {
                    break; // the buffer holds what the chunk has
                }

                _buffer = new byte[command.Length];
            }

            command.CopyTo(_buffer.AsSpan(used));
            _commands[_count++] = new CommittedCommand(
                index, record.Term, _buffer.AsMemory(used, command.Length), session.SessionId, session.Sequence);
            used += command.Length;
        }

        Volatile.Write(ref _position, index); // release: what was read was read before; pairs with the read in Position
    }
}
