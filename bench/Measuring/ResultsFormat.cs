using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RaftEngine.Bench.Measuring;

/// <summary>How results stand in files: JSON, names in camel case.</summary>
internal static class ResultsFormat
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true, // what lacks a part is not taken for something else
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // plain text, not HTML
    };

    /// <summary>Results as text.</summary>
    public static string Write<T>(T results) => JsonSerializer.Serialize(results, Format);

    /// <summary>Results from text.</summary>
    /// <exception cref="InvalidDataException">The text is something else.</exception>
    public static T Read<T>(string json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Format) ?? throw new InvalidDataException("There are no results in it.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The results cannot be read: {exception.Message}", exception);
        }
    }
}
