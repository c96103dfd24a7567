using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;

namespace RaftEngine.Bench.Measuring;

/// <summary>Options that take several values: separated by commas, by blanks, or each behind the option's name again.</summary>
internal static class CommaList
{
    /// <summary>Whole numbers.</summary>
    public static Option<int[]> Numbers(string name, string description, int least, int most, int[] otherwise) => Of(
        name,
        $"{description} {least} to {most}.",
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most ? value : (object?)null,
        otherwise);

    /// <summary>Names of an enumeration, however they are capitalized.</summary>
    public static Option<T[]> Names<T>(string name, string description, T otherwise)
        where T : struct, Enum =>
        Of(
            name,
            description,
            static text => !char.IsDigit(text[0]) && Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : (object?)null,
            [otherwise]);

    /// <summary>Anything.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="parse">Reads one value; null if it is none.</param>
    /// <param name="otherwise">What holds if it is not given.</param>
    public static Option<T[]> Of<T>(string name, string description, Func<string, object?> parse, T[] otherwise) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse<T>(name, result, parse),
    };

    private static T[] Parse<T>(string name, ArgumentResult result, Func<string, object?> parse)
    {
        List<T> values = [];
        foreach (string text in result.Tokens.SelectMany(static token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (parse(text) is not T value)
            {
                result.AddError($"'{text}' is no value for {name}.");
                return [];
            }

            values.Add(value);
        }

        return [.. values];
    }
}
