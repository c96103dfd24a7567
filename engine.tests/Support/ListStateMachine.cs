using System.Collections.Generic;
using System.Text;
using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>Keeps every command as text; a command's result is how many there were before it.</summary>
internal sealed class ListStateMachine : IStateMachine<int>
{
    private readonly Lock _lock = new();
    private readonly List<string> _commands = [];

    public string[] Commands
    {
        get
        {
            lock (_lock)
            {
                return [.. _commands];
            }
        }
    }

    public int Apply(in LogEntry entry)
    {
        string command = Encoding.UTF8.GetString(entry.Payload);
        if (command == "poison")
        {
            throw new System.InvalidOperationException("poisoned");
        }

        lock (_lock)
        {
            _commands.Add(command);
            return _commands.Count - 1;
        }
    }
}
