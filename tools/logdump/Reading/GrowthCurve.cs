using System.Collections.Generic;

namespace RaftEngine.LogDump.Reading;

/// <summary>How a log has grown over its own time, which session entries carry: at most so many points, evenly spread over the records, however many there are.</summary>
internal sealed class GrowthCurve
{
    private const int MostPoints = 512;

    private readonly List<GrowthPoint> _points = [];
    private long _stride = 1;
    private long _seen;

    public IReadOnlyList<GrowthPoint> Points => _points;

    public void Add(long timeMilliseconds, long index, long bytes)
    {
        if (_seen++ % _stride != 0)
        {
            return;
        }

        if (_points.Count == MostPoints)
        {
            for (int i = 0; i < MostPoints / 2; i++)
            {
                _points[i] = _points[2 * i];
            }

            _points.RemoveRange(MostPoints / 2, MostPoints / 2);
            _stride *= 2;
        }

        _points.Add(new GrowthPoint(timeMilliseconds, index, bytes));
    }
}
