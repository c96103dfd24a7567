using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>What a report shows.</summary>
/// <param name="Path">What was named.</param>
/// <param name="Made">When it was made.</param>
/// <param name="Found">The verification of the directory.</param>
/// <param name="Survey">Numbers over all records before the first damage; null if there is no log to be read.</param>
/// <param name="Segments">What the segments hold.</param>
/// <param name="Pictures">What each stretch of each segment is.</param>
internal sealed record ReportData(
    string Path, DateTimeOffset Made, DirectoryVerification Found, LogSurvey? Survey,
        ImmutableArray<SegmentFacts> Segments, IReadOnlyList<SegmentPicture> Pictures);
