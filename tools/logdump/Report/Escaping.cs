using System;
using System.Globalization;
using System.Net;

namespace RaftEngine.LogDump.Report;

/// <summary>Formats what is interpolated into markup: escaped, and numbers as everywhere in the world, to a hundredth.</summary>
internal sealed class Escaping : IFormatProvider, ICustomFormatter
{
    public static readonly Escaping Instance = new();

    public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

    public string Format(string? format, object? arg, IFormatProvider? formatProvider) => arg switch
    {
        double number => number.ToString(format ?? "0.##", CultureInfo.InvariantCulture),
        IFormattable value => WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)),
        object value => WebUtility.HtmlEncode(value.ToString()) ?? "",
        null => "",
    };
}
