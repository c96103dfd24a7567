using System;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// A number of the format in which redis counts: 64 bits of mantissa, as the C type long double has on x86. Sums are
/// rounded exactly as there, and so are the 17 decimals that
/// are shown, on every processor.
/// </summary>
internal readonly struct LongDouble
{
    private const int MantissaBits = 64;
    private const int MaxExponent = 16_384; // 2 to this and more is infinite
    private const int MaxDecimalExponent = 5_000; // beyond it, a number is infinite or nothing
    private const int MaxTextBytes = 255;
    private const int Decimals = 17;

    private readonly BigInteger _mantissa; // with its sign
    private readonly int _exponent;
    private readonly bool _isInfinite;

    private LongDouble(BigInteger mantissa, int exponent)
    {
        _mantissa = mantissa;
        _exponent = exponent;
        _isInfinite = !mantissa.IsZero && (long)BigInteger.Abs(mantissa).GetBitLength() + exponent > MaxExponent;
    }

    private LongDouble(bool isInfinite)
    {
        _isInfinite = isInfinite;
    }

    /// <summary>False if it is infinite.</summary>
    public bool IsFinite => !_isInfinite;

    /// <summary>Reads a decimal number, with or without an exponent, or an infinity.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LongDouble value)
    {
        value = default;
        if (text.Length is 0 or > MaxTextBytes)
        {
            return false;
        }

        bool isNegative = text[0] == (byte)'-';
        ReadOnlySpan<byte> rest = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        if (Ascii.EqualsIgnoreCase(rest, "inf"u8) || Ascii.EqualsIgnoreCase(rest, "infinity"u8))
        {
            value = new LongDouble(isInfinite: true);
            return true;
        }

        if (!TryReadDigits(rest, out BigInteger digits, out int exponent))
        {
            return false;
        }

        value = digits.IsZero ? default
            : exponent >= 0 ? Round(digits * BigInteger.Pow(10, exponent), BigInteger.One)
            : Round(digits, BigInteger.Pow(10, -exponent));
        value = isNegative ? new LongDouble(-value._mantissa, value._exponent) : value;
        return !value._isInfinite;
    }

    /// <summary>The sum, rounded to the nearest.</summary>
    public LongDouble Add(LongDouble other)
    {
        if (_isInfinite || other._isInfinite)
        {
            return new LongDouble(isInfinite: true);
        }

        int exponent = Math.Min(_exponent, other._exponent);
        BigInteger sum = (_mantissa << (_exponent - exponent)) + (other._mantissa << (other._exponent - exponent));
        LongDouble rounded = sum.IsZero ? default
            : exponent >= 0 ? Round(BigInteger.Abs(sum) << exponent, BigInteger.One)
            : Round(BigInteger.Abs(sum), BigInteger.One << -exponent);
        return sum.Sign < 0 ? new LongDouble(-rounded._mantissa, rounded._exponent) : rounded;
    }

    /// <summary>Up to 17 decimals, without zeros at the end.</summary>
    public override string ToString()
    {
        BigInteger scaled = BigInteger.Abs(_mantissa) * BigInteger.Pow(10, Decimals);
        scaled = _exponent >= 0 ? scaled << _exponent : DivideToNearest(scaled, BigInteger.One << -_exponent);
        string digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(Decimals + 1, '0');
        string text = $"{digits[..^Decimals]}.{digits[^Decimals..]}".TrimEnd('0').TrimEnd('.');
        return _mantissa.Sign < 0 && text != "0" ? $"-{text}" : text;
    }

    private static bool TryReadDigits(ReadOnlySpan<byte> text, out BigInteger digits, out int exponent)
    {
        digits = BigInteger.Zero;
        exponent = 0;
        int mark = text.IndexOfAny((byte)'e', (byte)'E');
        ReadOnlySpan<byte> number = mark < 0 ? text : text[..mark];
        int point = number.IndexOf((byte)'.');
        ReadOnlySpan<byte> decimals = point < 0 ? default : number[(point + 1)..];
        string all = Encoding.Latin1.GetString(point < 0 ? number : number[..point]) + Encoding.Latin1.GetString(decimals);
        if (all.Length == 0 || all.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        digits = BigInteger.Parse(all, NumberStyles.None, CultureInfo.InvariantCulture);
        if (mark >= 0)
        {
            string power = Encoding.Latin1.GetString(text[(mark + 1)..]);
            if (power.AsSpan().TrimStart("+-").Length is 0 or > 9
                || !int.TryParse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            {
                return false;
            }
        }

        exponent -= decimals.Length;
        return digits.IsZero || (exponent <= MaxDecimalExponent && exponent >= -MaxDecimalExponent);
    }

    /// <summary>The nearest number to a fraction that is not 0; of two, the even one.</summary>
    private static LongDouble Round(BigInteger numerator, BigInteger denominator)
    {
        int shift = (int)(numerator.GetBitLength() - denominator.GetBitLength()) - MantissaBits;
        BigInteger mantissa = Scale(numerator, denominator, shift);
        if (mantissa.GetBitLength() > MantissaBits)
        {
            mantissa = Scale(numerator, denominator, ++shift);
        }

        return new LongDouble(mantissa, shift);
    }

    private static BigInteger Scale(BigInteger numerator, BigInteger denominator, int shift) =>
        shift >= 0 ? DivideToNearest(numerator, denominator << shift) : DivideToNearest(numerator << -shift, denominator);

    private static BigInteger DivideToNearest(BigInteger numerator, BigInteger denominator)
    {
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int order = (remainder << 1).CompareTo(denominator);
        return order > 0 || (order == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
