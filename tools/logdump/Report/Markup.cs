using System;
using System.Globalization;
using System.Text;

namespace RaftEngine.LogDump.Report;

/// <summary>HTML and SVG as text: what is interpolated is escaped, numbers are written the same everywhere.</summary>
internal sealed class Markup
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds markup as it stands.</summary>
    public Markup Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Adds markup whose values are escaped.</summary>
    public Markup Add(FormattableString markup)
    {
        _text.Append(markup.ToString(Escaping.Instance));
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>A whole number, its thousands apart.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A size, in the unit that suits it.</summary>
    public static string Size(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (bytes >= 1024 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return bytes.ToString(unit == 0 || bytes >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>A count for an axis: 1.2M.</summary>
    public static string Short(double value)
    {
        (double Unit, string Sign) scale = value switch
        {
            >= 1e9 => (1e9, "G"),
            >= 1e6 => (1e6, "M"),
            >= 1e3 => (1e3, "k"),
            _ => (1, ""),
        };
        return (value / scale.Unit).ToString("0.##", CultureInfo.InvariantCulture) + scale.Sign;
    }

    /// <summary>A step for an axis that ends at a value: 1, 2 or 5 times a power of ten, and about so many of them.</summary>
    public static double Step(double end, int count)
    {
        double rough = Math.Max(end, 1e-9) / count;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double part = rough / power;
        return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    }
}
