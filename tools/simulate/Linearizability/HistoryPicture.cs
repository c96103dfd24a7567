using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security;
using System.Text;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A page that shows where a history breaks: one file, well-formed XML, without scripts or anything from elsewhere.</summary>
internal sealed class HistoryPicture
{
    private const double LaneNames = 96;
    private const double LaneHeight = 54;
    private const double Top = 14;
    private const double BarTop = 22;
    private const double BarHeight = 20;
    private const double SmallestScale = 0.8; // a page narrower than that scrolls

    private const string Style = """
        body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1f2937; background: #f8fafc; margin: 0; padding: 32px 40px; }
        main { max-width: 1240px; margin: 0 auto; }
        h1 { font-size: 22px; margin: 0 0 2px; }
        h2 { font-size: 15px; margin: 26px 0 8px; }
        .where { color: #64748b; margin: 0 0 18px; }
        .why { background: #fef2f2; border-left: 4px solid #dc2626; border-radius: 4px; padding: 12px 18px; margin: 0 0 20px; max-width: 900px; }
        .why p { margin: 4px 0; overflow-wrap: anywhere; }
        .why p:first-child { font-weight: 600; }
        .picture { background: #fff; border: 1px solid #e2e8f0; border-radius: 8px; padding: 12px; overflow-x: auto; direction: rtl; }
        .picture svg { direction: ltr; margin-right: auto; } /* where it is too wide, the end is seen first: it breaks there */
        svg { display: block; font: 12px "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        .lane { fill: #475569; font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        .rule { stroke: #eef2f7; } .tick { stroke: #e2e8f0; stroke-dasharray: 2 4; } .scale { fill: #94a3b8; font-size: 10px; text-anchor: middle; }
        .placed { fill: #dbeafe; stroke: #60a5fa; } .open { fill: #f8fafc; stroke: #94a3b8; stroke-dasharray: 5 3; }
        .culprit { fill: #fecaca; stroke: #dc2626; stroke-width: 2; } .left { fill: #ffedd5; stroke: #ea580c; stroke-width: 2; }
        .evidence { stroke: #1e3a8a; stroke-width: 2.5; }
        .label, .culprit-label, .open-label { paint-order: stroke; stroke: #fff; stroke-width: 4; stroke-linejoin: round; }
        .label { fill: #1f2937; } .culprit-label { fill: #b91c1c; font-weight: bold; } .open-label { fill: #64748b; }
        .effect { stroke: #bfdbfe; } .number { fill: #1d4ed8; } .digit { fill: #fff; font-size: 10.5px; font-weight: bold; text-anchor: middle; }
        .state { fill: #ecfdf5; stroke: #34d399; } .state-text { fill: #065f46; text-anchor: middle; font-weight: bold; }
        .break { stroke: #dc2626; stroke-width: 1.5; stroke-dasharray: 6 3; } .cross { stroke: #b91c1c; stroke-width: 2.5; stroke-linecap: round; fill: none; }
        .answer { fill: #b91c1c; font-weight: bold; }
        .legend { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 12px 2px 0; color: #475569; font-size: 13px; }
        .legend span { display: inline-flex; align-items: center; gap: 7px; }
        table { border-collapse: collapse; font-size: 13px; background: #fff; }
        td, th { border: 1px solid #e2e8f0; padding: 3px 10px; text-align: left; overflow-wrap: anywhere; }
        th { background: #f1f5f9; font-weight: 600; } td.mono { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; }
        tr.no td { background: #fef2f2; color: #b91c1c; }
        """;

    private readonly Diagnosis _diagnosis;
    private readonly string _positionName;
    private readonly PictureLayout _layout;
    private readonly Dictionary<Operation, int> _places = new(ReferenceEqualityComparer.Instance);
    private readonly StringBuilder _page = new();

    private HistoryPicture(Diagnosis diagnosis, string positionName)
    {
        _diagnosis = diagnosis;
        _positionName = positionName;
        _layout = new PictureLayout(diagnosis);
        for (int place = 0; place < _layout.Placed.Count; place++)
        {
            _places.Add(_layout.Placed[place], place);
        }
    }

    private double StateTop => Top + (_layout.Processes.Count * LaneHeight) + 8;

    /// <summary>Draws the page.</summary>
    /// <param name="diagnosis">What was found.</param>
    /// <param name="name">What the history is called.</param>
    /// <param name="positionName">What a position is: a line, an event.</param>
    public static string Html(Diagnosis diagnosis, string name, string positionName) => new HistoryPicture(diagnosis, positionName).Draw(name);

    private string Draw(string name)
    {
        string key = _diagnosis.Culprit.Key is { } named ? $", key {named}" : "";
        string title = Escape($"Not linearizable: {name}{key}");
        _page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <title>{title}</title>
            <style>
            {Style}
            </style>
            </head>
            <body><main>
            <h1>{title}</h1>
            <p class="where">{Escape(Where())}</p>
            <div class="why">

            """);
        foreach (string sentence in Explanation.Of(_diagnosis, _positionName))
        {
            Line($"<p>{Escape(sentence)}</p>");
        }

        Line("</div>");
        DrawPicture();
        DrawLegend();
        DrawOpenFromBefore();
        DrawTable();
        Line("</main></body>");
        Line("</html>");
        return _page.ToString();
    }

    private string Where()
    {
        int before = _diagnosis.Order.Count - _layout.Placed.Count;
        string earlier = before == 0 ? "" : $" {before} operations came before these.";
        return $"Up to {_positionName} {_diagnosis.Culprit.Returned - 1} there is an order that explains every answer; the numbers show one.{earlier}";
    }

    private void DrawPicture()
    {
        double width = LaneNames + _layout.Width + 20;
        double height = StateTop + 66;
        Line("<div class=\"picture\">");
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Px(width)}\" viewBox=\"0 0 {Px(width)} {Px(height)}\" role=\"img\" "
            + $"style=\"height: auto; max-width: max(100%, {Px(width * SmallestScale)}px)\">");
        DrawScale();
        for (int lane = 0; lane < _layout.Processes.Count; lane++)
        {
            double y = Top + (lane * LaneHeight);
            Line($"<line class=\"rule\" x1=\"0\" x2=\"{Px(width)}\" y1=\"{Px(y + LaneHeight - 3)}\" y2=\"{Px(y + LaneHeight - 3)}\" />");
            Line($"<text class=\"lane\" x=\"4\" y=\"{Px(y + BarTop + 14)}\">process {_layout.Processes[lane]}</text>");
        }

        DrawEffects();
        foreach (Operation operation in _layout.Shown)
        {
            DrawBar(operation);
        }

        DrawStates();
        double culprit = LaneNames + _layout.CulpritReturn;
        Line($"<line class=\"break\" x1=\"{Px(culprit)}\" x2=\"{Px(culprit)}\" y1=\"4\" y2=\"{Px(StateTop + 30)}\" />");
        Line("</svg>");
        Line("</div>");
    }

    private void DrawScale()
    {
        double bottom = StateTop + 34;
        foreach ((double x, long position) in _layout.Events)
        {
            string at = Px(LaneNames + x);
            Line($"<line class=\"tick\" x1=\"{at}\" x2=\"{at}\" y1=\"{Px(Top)}\" y2=\"{Px(bottom)}\" />");
            Line($"<text class=\"scale\" x=\"{at}\" y=\"{Px(bottom + 12)}\">{position}</text>");
        }

        Line($"<text class=\"lane\" x=\"4\" y=\"{Px(bottom + 12)}\">{Escape(_positionName)}</text>");
    }

    // From the moment in which an operation takes effect down to the state that it makes.
    private void DrawEffects()
    {
        for (int place = 0; place < _layout.Placed.Count; place++)
        {
            string x = Px(LaneNames + _layout.EffectAt(place));
            double y = LaneTop(_layout.Placed[place]) + BarTop + (BarHeight / 2);
            Line($"<line class=\"effect\" x1=\"{x}\" x2=\"{x}\" y1=\"{Px(y)}\" y2=\"{Px(StateTop)}\" />");
        }
    }

    private void DrawBar(Operation operation)
    {
        bool isCulprit = ReferenceEquals(operation, _diagnosis.Culprit);
        bool isPlaced = _places.TryGetValue(operation, out int place);
        bool isLeft = _diagnosis.LeftWithoutPlace == operation;
        double left = LaneNames + _layout.InvokedAt(operation);
        double right = LaneNames + _layout.EndOf(operation);
        double y = LaneTop(operation) + BarTop;
        string kind = isCulprit ? "culprit" : isLeft ? "left" : isPlaced ? "placed" : "open";
        string evidence = !isCulprit && !isLeft && IsEvidence(operation) ? " evidence" : "";
        string ends = operation.MayBeLeftOut ? "open" : $"to {operation.Returned}";
        Line($"<g><title>{Escape($"process {operation.Process}: {OperationText.Of(operation, 2000)}, {_positionName} {operation.Invoked} {ends}")}</title>");
        Line(operation.MayBeLeftOut
            ? $"<path class=\"{kind}{evidence}\" d=\"M{Px(right)} {Px(y)} H{Px(left)} V{Px(y + BarHeight)} H{Px(right)}\" />"
            : $"<rect class=\"{kind}{evidence}\" x=\"{Px(left)}\" y=\"{Px(y)}\" width=\"{Px(right - left)}\" height=\"{Px(BarHeight)}\" rx=\"4\" />");
        string label = isCulprit ? "culprit-label" : isPlaced ? "label" : "open-label";
        Line($"<text class=\"{label}\" x=\"{Px(left + 2)}\" y=\"{Px(y - 6)}\">{Escape(PictureLayout.LabelOf(operation))}</text>");
        if (isPlaced)
        {
            double x = LaneNames + _layout.EffectAt(place);
            Line($"<circle class=\"number\" cx=\"{Px(x)}\" cy=\"{Px(y + (BarHeight / 2))}\" r=\"9\" />");
            Line($"<text class=\"digit\" x=\"{Px(x)}\" y=\"{Px(y + (BarHeight / 2) + 4)}\">{place + 1}</text>");
        }

        if (isCulprit)
        {
            double x = (left + right) / 2;
            double middle = y + (BarHeight / 2);
            Line($"<path class=\"cross\" d=\"M{Px(x - 5)} {Px(middle - 5)} l10 10 m0 -10 l-10 10\" />");
        }

        Line("</g>");
    }

    private void DrawStates()
    {
        Line($"<text class=\"lane\" x=\"4\" y=\"{Px(StateTop + 17)}\">{Escape(_diagnosis.Model.Name)}</text>");
        int from = 0;
        for (int place = 1; place <= _layout.States.Count; place++)
        {
            if (place < _layout.States.Count && _layout.States[place] == _layout.States[from])
            {
                continue;
            }

            double left = LaneNames + (from == 0 ? 0 : _layout.EffectAt(from - 1));
            double right = LaneNames + (place == _layout.States.Count ? _layout.CulpritReturn : _layout.EffectAt(place - 1));
            string? state = _layout.States[from];
            int quotationMarks = state?.Contains(' ') == true ? 2 : 0;
            int fits = int.Max(4, (int)((right - left - 8) / PictureLayout.CharacterWidth) - quotationMarks);
            Line($"<g><title>{Escape(OperationText.Value(state, 2000))}</title>");
            Line($"<rect class=\"state\" x=\"{Px(left)}\" y=\"{Px(StateTop)}\" width=\"{Px(right - left)}\" height=\"26\" rx=\"3\" />");
            Line($"<text class=\"state-text\" x=\"{Px((left + right) / 2)}\" y=\"{Px(StateTop + 17)}\">{Escape(OperationText.Value(state, fits))}</text></g>");
            from = place;
        }

        string answer = Escape(PictureLayout.AnswerOf(_diagnosis.Culprit));
        Line($"<text class=\"answer\" x=\"{Px(LaneNames + _layout.CulpritReturn + 8)}\" y=\"{Px(StateTop + 17)}\">{answer}</text>");
    }

    private void DrawLegend()
    {
        Line("<p class=\"legend\">");
        Entry("placed", "has its place in the order, at the number");
        Entry("culprit", "cannot be placed");
        if (_diagnosis.LeftWithoutPlace is not null)
        {
            Entry("left", "would be left without a place");
        }

        if (_diagnosis.Evidence.Count > 1)
        {
            Entry("placed evidence", "the verdict rests on it");
        }

        if (_layout.Shown.Any(operation => operation.MayBeLeftOut))
        {
            Entry("open", "not answered yet: may take effect later, or never");
        }

        Entry("state", $"what the {_diagnosis.Model.Name} is, in this order");
        Line("</p>");

        void Entry(string kind, string text) => Line(
            $"<span><svg width=\"26\" height=\"14\"><rect class=\"{kind}\" x=\"1.5\" y=\"1.5\" width=\"23\" height=\"11\" rx=\"3\" /></svg>{Escape(text)}</span>");
    }

    private void DrawOpenFromBefore()
    {
        if (_layout.OpenFromBefore.Count == 0)
        {
            return;
        }

        Line("<h2>Open since before what is shown</h2>");
        IEnumerable<string> named = _layout.OpenFromBefore
            .Select(operation => $"{PictureLayout.LabelOf(operation)} (process {operation.Process}, {_positionName} {operation.Invoked})");
        Line($"<p>Each of these may take effect at any time, or never. None of them helps: {Escape(string.Join(", ", named))}.</p>");
    }

    private void DrawTable()
    {
        Line("<h2>The order shown</h2>");
        Line($"<table><tr><th>#</th><th>process</th><th>operation</th><th>{Escape(_positionName)}s</th><th>{Escape(_diagnosis.Model.Name)} after it</th></tr>");
        for (int place = 0; place < _layout.Placed.Count; place++)
        {
            Row($"{place + 1}", _layout.Placed[place], OperationText.Value(_layout.States[place + 1], 120), "");
        }

        Row("\u2715", _diagnosis.Culprit, "no place", " class=\"no\"");
        Line("</table>");

        void Row(string number, Operation operation, string after, string rowClass) => Line(
            $"<tr{rowClass}><td>{number}</td><td>{operation.Process}</td><td class=\"mono\">{Escape(OperationText.Of(operation, 120))}</td>"
            + $"<td>{operation.Invoked} to {(operation.MayBeLeftOut ? "\u2026" : Px(operation.Returned))}</td><td class=\"mono\">{Escape(after)}</td></tr>");
    }

    // The evidence may stand under another end than the one it is shown with: what is open at the window's start may have taken effect before.
    private bool IsEvidence(Operation operation) =>
        _diagnosis.Evidence.Any(evidence => evidence.Process == operation.Process && evidence.Invoked == operation.Invoked);

    private double LaneTop(Operation operation) => Top + (LaneOf(operation.Process) * LaneHeight);

    private int LaneOf(int process)
    {
        int lane = 0;
        while (_layout.Processes[lane] != process)
        {
            lane++;
        }

        return lane;
    }

    private void Line(string text) => _page.Append(text).Append('\n');

    private static string Px(double length) => length.ToString("0.#", CultureInfo.InvariantCulture);

    // Characters that XML cannot carry are shown as the replacement character.
    private static string Escape(string text) => SecurityElement.Escape(string.Concat(text.EnumerateRunes().Select(rune => IsXml(rune) ? rune : Rune.ReplacementChar)));

    private static bool IsXml(Rune rune) => rune.Value is 9 or 10 or 13 or (>= 32 and not (0xFFFE or 0xFFFF));
}
