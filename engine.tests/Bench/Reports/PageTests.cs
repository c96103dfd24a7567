using System;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using RaftEngine.Bench.Measuring;
using RaftEngine.Bench.Reports;
using Xunit;

namespace RaftEngine.Tests.Bench.Reports;

public class PageTests
{
    private static readonly Page Page = new([SomeResults.OfClusters()], [SomeResults.OfPeers()]);

    [Fact]
    public void Every_picture_is_well_formed_and_draws_within_its_frame()
    {
        Assert.NotEmpty(Page.Plots);
        Assert.Distinct(Page.Plots.Select(plot => plot.File));
        foreach (Plot plot in Page.Plots)
        {
            XElement picture = XElement.Parse(plot.Chart.ToSvg());
            XElement[] lines = [.. picture.Descendants().Where(element => element.Name.LocalName == "polyline")];
            Assert.Equal(plot.Chart.Lines.Count, lines.Length);
            foreach (string point in lines.SelectMany(line => line.Attribute("points")!.Value.Split(' ')))
            {
                double[] at = [.. point.Split(',').Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
                Assert.InRange(at[0], 0, (double)picture.Attribute("width")!);
                Assert.InRange(at[1], 0, (double)picture.Attribute("height")!);
            }
        }
    }

    [Fact]
    public void A_higher_value_is_drawn_higher_and_equal_ratios_equally_far()
    {
        Scale scale = Scale.Log(1, 100, 0, 200, isRounded: false);
        Scale upwards = Scale.Linear(730, 300, 0);

        Assert.Equal([0, 100, 200], ((double[])[1, 10, 100]).Select(scale.At).Select(at => Math.Round(at, 6)));
        Assert.True(upwards.At(700) < upwards.At(10));
        Assert.Equal(800, upwards.Ticks().Max(), precision: 6);
    }

    [Fact]
    public void The_page_shows_every_picture_names_the_machine_and_says_how_to_repeat_it()
    {
        string markdown = Page.ToMarkdown();

        Assert.All(Page.Plots, plot => Assert.Contains($"(./{plot.File})", markdown, StringComparison.Ordinal));
        foreach (string text in (string[])["2 processors", "durability fsync", "    bench -- cluster", "    bench -- peers", "a system: it is not installed.", "All is synced."])
        {
            Assert.Contains(text, markdown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_text_shows_pictures_between_its_marks_and_stays_as_it_is_elsewhere()
    {
        string text = $"before\n{Page.BeginMark}\nold\n{Page.EndMark}\nbehind\n";

        string shown = Page.Show(text, "docs/benchmarks");

        Assert.StartsWith($"before\n{Page.BeginMark}\n", shown, StringComparison.Ordinal);
        Assert.EndsWith($"{Page.EndMark}\nbehind\n", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("old", shown, StringComparison.Ordinal);
        Assert.Contains($"(docs/benchmarks/{Assert.Single(Page.Plots, static plot => plot.IsForReadme).File})", shown, StringComparison.Ordinal);
        Assert.Equal(shown, Page.Show(shown, "docs/benchmarks"));
        Assert.Throws<InvalidDataException>(() => Page.Show("no place", "docs/benchmarks"));
    }

    [Fact]
    public void Results_of_different_machines_are_not_put_on_one_page()
    {
        Machine other = SomeResults.Machine with { Processors = 64 };

        Assert.Throws<InvalidDataException>(() => new Page([SomeResults.OfClusters()], [SomeResults.OfPeers() with { Machine = other }]).ToMarkdown());
    }
}
