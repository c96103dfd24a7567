using System;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>How many payloads there are of which size: a column a power of two.</summary>
internal static class SizeChart
{
    private const double Left = 46;
    private const double Width = 520;
    private const double Height = 210;

    public static void Draw(Markup page, SizeHistogram sizes)
    {
        // Empty payloads have no size to compare; a few columns more than there is something to show keep it in proportion.
        int first = Math.Min(sizes.FirstFrom(1), Math.Max(1, sizes.Length - 1));
        int from = Math.Max(1, Math.Min(first - 1, sizes.Length - 8));
        int end = Math.Max(sizes.Length + 1, from + 8);
        int count = end - from;
        long most = 1;
        for (int bucket = from; bucket < end; bucket++)
        {
            most = Math.Max(most, sizes.CountOf(bucket));
        }

        page.Add($"<svg viewBox=\"0 0 {Width} {Height + 40}\" role=\"img\" aria-label=\"payload sizes\">");
        double step = Markup.Step(most, 4);
        for (double line = 0; line <= most; line += step)
        {
            double y = Height - (line / most * (Height - 20));
            page.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{y}\" y2=\"{y}\"/>");
            page.Add($"<text x=\"{Left - 8}\" y=\"{y + 4}\" text-anchor=\"end\">{Markup.Short(line)}</text>");
        }

        double column = (Width - Left) / count;
        for (int bucket = from; bucket < end; bucket++)
        {
            double x = Left + ((bucket - from) * column);
            double height = sizes.CountOf(bucket) == 0 ? 0 : Math.Max(2, sizes.CountOf(bucket) / (double)most * (Height - 20));
            string range = bucket < 8 ? $"{bucket}" : $"{Markup.Count(SizeHistogram.LowestOf(bucket))} to {Markup.Count(SizeHistogram.HighestOf(bucket))}";
            page.Add($"<rect x=\"{x + (column * 0.12)}\" y=\"{Height - height}\" width=\"{column * 0.76}\" height=\"{height}\"");
            page.Add($" rx=\"{Math.Min(4, height / 2)}\" style=\"fill:var(--accent)\">");
            page.Add($"<title>{range} bytes: {Markup.Count(sizes.CountOf(bucket))} entries, {Markup.Size(sizes.BytesOf(bucket))}</title></rect>");
            if (count <= 12 || bucket % 4 == 0)
            {
                long lowest = SizeHistogram.LowestOf(bucket);
                string label = lowest >= 1024 ? Markup.Size(lowest).Replace(".0 ", " ", StringComparison.Ordinal) : $"{lowest}";
                page.Add($"<text x=\"{x + (column / 2)}\" y=\"{Height + 18}\" text-anchor=\"middle\">{label}</text>");
            }
        }

        page.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{Height}\" y2=\"{Height}\"/>");
        page.Add($"<text x=\"{Width}\" y=\"{Height + 36}\" text-anchor=\"end\">payload, bytes, from</text></svg>");
    }
}
