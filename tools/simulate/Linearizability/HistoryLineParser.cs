using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Reads one line of a history. Two forms are known:
/// <code>
///   INFO  jepsen.util - 3 :invoke :cas [2 4]
///   {:process 3, :type :ok, :f :append, :key "7", :value "x 3 0 y"}
/// </code>
/// A value is nil, a number, a keyword, a string, or a vector of those.
/// </summary>
internal ref struct HistoryLineParser(string line)
{
    private const string LogPrefix = "INFO";
    private const string LogSource = "jepsen.util";

    private readonly string _line = line;
    private int _position;

    /// <exception cref="HistoryFormatException">The line is in neither form.</exception>
    public HistoryEvent Parse()
    {
        HistoryEvent parsed = Peek() == '{' ? ParseMap() : ParseLogLine();
        if (Peek() != '\0')
        {
            throw Wrong("the end of the line");
        }

        return parsed;
    }

    private HistoryEvent ParseLogLine()
    {
        Expect(LogPrefix);
        Expect(LogSource);
        Expect("-");
        string process = ParseToken();
        string type = ParseToken();
        string function = ParseToken();
        return new HistoryEvent(ProcessOf(process), WithoutColon(type), WithoutColon(function), null, ParseValues());
    }

    private HistoryEvent ParseMap()
    {
        Dictionary<string, string?[]> fields = [];
        Expect("{");
        while (Peek() != '}')
        {
            string name = ParseToken();
            if (!fields.TryAdd(name, ParseValues()))
            {
                throw Wrong($"{name} once");
            }

            if (Peek() == ',')
            {
                _position++;
            }
        }

        Expect("}");
        string function = WithoutColon(One(":f")!);
        return new HistoryEvent(
            ProcessOf(One(":process")!), WithoutColon(One(":type")!), function, One(":key", isNeeded: false), fields.GetValueOrDefault(":value", [null]));

        string? One(string name, bool isNeeded = true) => fields.TryGetValue(name, out string?[]? values) && values is [{ } value]
            ? value
            : !isNeeded ? null : throw new HistoryFormatException($"expected {name} with one value");
    }

    private string?[] ParseValues()
    {
        if (Peek() != '[')
        {
            return [ParseValue()];
        }

        List<string?> values = [];
        Expect("[");
        while (Peek() != ']')
        {
            values.Add(ParseValue());
        }

        Expect("]");
        return [.. values];
    }

    private string? ParseValue()
    {
        if (Peek() == '"')
        {
            return ParseString();
        }

        string token = ParseToken();
        return token == "nil" ? null : token;
    }

    private string ParseString()
    {
        StringBuilder text = new();
        for (_position++; _position < _line.Length && _line[_position] != '"'; _position++)
        {
            if (_line[_position] != '\\')
            {
                text.Append(_line[_position]);
                continue;
            }

            _position++;
            text.Append(_position < _line.Length ? Unescape(_line[_position]) : throw Wrong("a character behind the backslash"));
        }

        if (_position == _line.Length)
        {
            throw Wrong("the end of the string");
        }

        _position++;
        return text.ToString();
    }

    private readonly char Unescape(char escaped) => escaped switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' or '\\' => escaped,
        _ => throw Wrong("\\n, \\t, \\r, \\\" or \\\\"),
    };

    private string ParseToken()
    {
        _ = Peek();
        int start = _position;
        while (_position < _line.Length && !char.IsWhiteSpace(_line[_position]) && !"{}[],\"".Contains(_line[_position]))
        {
            _position++;
        }

        return _position > start ? _line[start.._position] : throw Wrong("a word");
    }

    private void Expect(string text)
    {
        _ = Peek();
        if (string.CompareOrdinal(_line, _position, text, 0, text.Length) != 0)
        {
            throw Wrong(text);
        }

        _position += text.Length;
    }

    // The next character that is no space; at the end of the line the character 0.
    private char Peek()
    {
        while (_position < _line.Length && char.IsWhiteSpace(_line[_position]))
        {
            _position++;
        }

        return _position < _line.Length ? _line[_position] : '\0';
    }

    private static int? ProcessOf(string token)
    {
        if (token.StartsWith(':'))
        {
            return null; // the nemesis
        }

        return int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            ? process
            : throw new HistoryFormatException($"expected the number of a process, found {token}");
    }

    private static string WithoutColon(string token) =>
        token.StartsWith(':') ? token[1..] : throw new HistoryFormatException($"expected a keyword, found {token}");

    private readonly HistoryFormatException Wrong(string expected) => new($"expected {expected} at column {_position + 1}");
}
