using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Xml.Linq;

namespace RaftEngine.Bench.Reports;

/// <summary>Lines over one pair of axes, as an SVG picture of its own: no fonts, scripts or files besides, readable on light and on dark pages.</summary>
internal sealed class LineChart
{
    private const int Width = 850;
    private const int Height = 420;
    private const int Left = 76;
    private const int Right = 610;
    private const int Top = 64;
    private const int Bottom = 356;
    private const int LegendLeft = 630;
    private const int LegendStep = 20;

    // Told apart by people who see few colours, and against both backgrounds.
    private static readonly string[] Colours = ["#0077bb", "#ee7733", "#009988", "#cc3377", "#bb9900", "#33aaee", "#9966cc", "#888888"];

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>What it shows.</summary>
    public required string Title { get; init; }

    /// <summary>Under which conditions: durability first.</summary>
    public required string Subtitle { get; init; }

    /// <summary>What is told from left to right.</summary>
    public required string XTitle { get; init; }

    /// <summary>What is told upwards.</summary>
    public required string YTitle { get; init; }

    /// <summary>The lines; at most one for each colour is told from the others.</summary>
    public required IReadOnlyList<Series> Lines { get; init; }

    /// <summary>True for a logarithmic axis upwards.</summary>
    public bool IsLog { get; init; }

    /// <summary>The marks from left to right, on a logarithmic axis, with what is written beside them; by default the values that occur.</summary>
    public IReadOnlyList<(double X, string Label)>? XMarks { get; init; }

    private IEnumerable<(double X, double Y)> AllPoints => Lines.SelectMany(static line => line.Points);

    /// <summary>The picture.</summary>
    /// <exception cref="InvalidOperationException">There is no point to draw.</exception>
    public string ToSvg()
    {
        if (!AllPoints.Any())
        {
            throw new InvalidOperationException($"There is nothing to draw for '{Title}'.");
        }

        IReadOnlyList<(double X, string Label)> marks = XMarks ?? [.. AllPoints.Select(static point => point.X).Distinct().Order().Select(static x => (x, Scale.Label(x)))];
        Scale x = Scale.Log(
            Math.Min(marks.Min(static mark => mark.X), AllPoints.Min(static point => point.X)),
            Math.Max(marks.Max(static mark => mark.X), AllPoints.Max(static point => point.X)),
            Left,
            Right,
            isRounded: false);
        double most = AllPoints.Max(static point => point.Y);
        Scale y = IsLog
            ? Scale.Log(AllPoints.Where(static point => point.Y > 0).Select(static point => point.Y).DefaultIfEmpty(1).Min(), most, Bottom, Top, isRounded: true)
            : Scale.Linear(most, Bottom, Top);
        XElement picture = new(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("width", Width),
            new XAttribute("height", Height),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", Title),
            new XElement(Svg + "desc", Subtitle),
            new XElement(Svg + "style", Style),
            new XElement(Svg + "rect", new XAttribute("class", "page"), new XAttribute("width", Width), new XAttribute("height", Height), new XAttribute("rx", 8)),
            Text(Left, 28, "title", "start", Title),
            Text(Left, 48, "note", "start", Subtitle),
            XAxis(x, marks),
            YAxis(y),
            Lines.Select((line, number) => Line(line, number, x, y)));
        return new XDocument(picture) + "\n";
    }

    private static string Style =>
        ".page{fill:#ffffff;stroke:#d0d7de}.title{font-size:16px;font-weight:600}.note{font-size:12px;opacity:.75}.tick{font-size:12px}"
        + "text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}.grid{stroke:#1f2328;stroke-opacity:.12}"
        + ".axis{stroke:#1f2328;stroke-opacity:.6}"
        + "@media (prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#30363d}text{fill:#e6edf3}.grid,.axis{stroke:#e6edf3}}";

    private IEnumerable<XElement> XAxis(Scale x, IReadOnlyList<(double X, string Label)> marks)
    {
        yield return Stroke("axis", Left, Bottom, Right, Bottom);
        foreach ((double value, string label) in marks)
        {
            yield return Stroke("grid", x.At(value), Top, x.At(value), Bottom);
            yield return Text(x.At(value), Bottom + 18, "tick", "middle", label);
        }

        yield return Text((Left + Right) / 2.0, Height - 20, "tick", "middle", XTitle);
    }

    private IEnumerable<XElement> YAxis(Scale y)
    {
        foreach (double value in y.Ticks())
        {
            yield return Stroke("grid", Left, y.At(value), Right, y.At(value));
            yield return Text(Left - 8, y.At(value) + 4, "tick", "end", Scale.Label(value));
        }

        XElement title = Text(0, 0, "tick", "middle", YTitle);
        title.Add(new XAttribute("transform", $"translate(18 {(Top + Bottom) / 2}) rotate(-90)"));
        yield return title;
    }

    private static IEnumerable<XElement> Line(Series line, int number, Scale x, Scale y)
    {
        string colour = Colours[number % Colours.Length];
        XElement path = new(
            Svg + "polyline",
            new XAttribute("fill", "none"),
            new XAttribute("stroke", colour),
            new XAttribute("stroke-width", line.IsReference ? "1.5" : "2.5"),
            new XAttribute("stroke-linejoin", "round"),
            new XAttribute("points", string.Join(' ', line.Points.Select(point => $"{Number(x.At(point.X))},{Number(y.At(point.Y))}"))));
        XElement sample = Stroke("", LegendLeft, LegendAt(number), LegendLeft + 18, LegendAt(number));
        sample.Add(new XAttribute("stroke", colour), new XAttribute("stroke-width", line.IsReference ? "1.5" : "2.5"));
        if (line.IsReference)
        {
            path.Add(new XAttribute("stroke-dasharray", "6 4"));
            sample.Add(new XAttribute("stroke-dasharray", "6 4"));
        }

        yield return path;
        yield return sample;
        yield return Text(LegendLeft + 24, LegendAt(number) + 4, "tick", "start", line.Name);
        foreach ((double atX, double atY) in line.IsReference ? [] : line.Points)
        {
            XElement dot = new(
                Svg + "circle",
                new XAttribute("cx", Number(x.At(atX))),
                new XAttribute("cy", Number(y.At(atY))),
                new XAttribute("r", 3),
                new XAttribute("fill", colour),
                new XElement(Svg + "title", $"{line.Name}: {Scale.Label(Math.Round(atY, 1))}"));
            yield return dot;
        }
    }

    private static int LegendAt(int number) => Top + 8 + (number * LegendStep);

    private static XElement Text(double x, double y, string look, string anchor, string text) => new(
        Svg + "text",
        new XAttribute("x", Number(x)),
        new XAttribute("y", Number(y)),
        new XAttribute("class", look),
        new XAttribute("text-anchor", anchor),
        text);

    private static XElement Stroke(string look, double x1, double y1, double x2, double y2) => new(
        Svg + "line",
        new XAttribute("class", look),
        new XAttribute("x1", Number(x1)),
        new XAttribute("y1", Number(y1)),
        new XAttribute("x2", Number(x2)),
        new XAttribute("y2", Number(y2)));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
