using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml;
using System.Xml.Linq;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public class HistoryPictureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_refused_known_history_has_a_picture_with_its_culprit()
    {
        foreach ((string name, _) in KnownHistories.Table.Where(row => !row.IsLinearizable))
        {
            ISequentialModel model = KnownHistories.ModelOf(name);
            Diagnosis diagnosis = Diagnoser.Explain(LinearizabilityChecker.Check(KnownHistories.Read(name), model), model);
            XElement page = Parse(HistoryPicture.Html(diagnosis, name, "line"));
            XElement bar = Assert.Single(page.Descendants(Svg + "rect"), rect => (string?)rect.Attribute("class") == "culprit");

            Assert.Contains(OperationText.Of(diagnosis.Culprit, 2000), bar.Parent!.Value, StringComparison.Ordinal);
            Assert.Contains(name, page.Value, StringComparison.Ordinal);
            Assert.Contains(Explanation.Of(diagnosis, "line").First(), page.Value, StringComparison.Ordinal);
            AssertTakesEffectWithinItsBar(page);
        }
    }

    [Fact]
    public void Text_is_escaped_and_nothing_comes_from_elsewhere()
    {
        const string Hostile = "</text><script>alert(\"&\")</script>\0\u0007";
        HistoryRecorder recorder = new();
        recorder.Succeed(recorder.Invoke(0, OperationKind.Put, Hostile, Hostile));
        recorder.Succeed(recorder.Invoke(1, OperationKind.Get, Hostile), Hostile + "'");
        KeyValueModel model = new();
        string html = HistoryPicture.Html(Diagnoser.Explain(LinearizabilityChecker.Check(recorder.ToHistory(), model), model), Hostile, "event");
        XElement page = Parse(html);

        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace(Svg.NamespaceName, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.Contains("</text><script>alert(\"&\")</script>\uFFFD\uFFFD", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_all_kinds_of_refusals_can_be_drawn()
    {
        int drawn = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            ISequentialModel model = Histories.Models[seed % 3];
            Judgement judgement = LinearizabilityChecker.Check(Histories.Arbitrary(new Random(seed), model, 7), model);
            if (judgement.Verdict == Verdict.NotLinearizable)
            {
                AssertTakesEffectWithinItsBar(Parse(HistoryPicture.Html(Diagnoser.Explain(judgement, model), "made up", "event")));
                drawn++;
            }
        }

        Assert.InRange(drawn, 50, 300);
    }

    [Fact]
    public void A_picture_of_a_long_history_shows_its_end_alone()
    {
        HistoryRecorder recorder = new();
        for (int round = 0; round < 600; round++)
        {
            recorder.Succeed(recorder.Invoke(round % 5, OperationKind.Increment, argument: "1"), $"{round + 1}");
        }

        recorder.Succeed(recorder.Invoke(9, OperationKind.Read), "1");
        CounterModel model = new();
        string html = HistoryPicture.Html(Diagnoser.Explain(LinearizabilityChecker.Check(recorder.ToHistory(), model), model), "long", "event");

        Assert.InRange(html.Length, 5_000, 60_000);
        Assert.Contains("576 operations came before these", html, StringComparison.Ordinal);
    }

    private static void AssertTakesEffectWithinItsBar(XElement page)
    {
        foreach (XElement circle in page.Descendants(Svg + "circle"))
        {
            double x = Number(circle, "cx");
            XElement? bar = circle.Parent!.Element(Svg + "rect");
            if (bar is not null)
            {
                Assert.InRange(x, Number(bar, "x"), Number(bar, "x") + Number(bar, "width"));
            }
        }
    }

    private static double Number(XElement element, string attribute) => (double)element.Attribute(attribute)!;

    private static XElement Parse(string html)
    {
        using XmlReader reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }
}
