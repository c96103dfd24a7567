using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>What a report shows.</summary>
/// <param name="Made">When it was made.</param>
/// <param name="Found">The verification of the directory.</param>
/// <param name="Survey">Numbers over all records.</param>
/// <param name="Segments">What the segments hold.</param>
/// <param name="Pictures">Those that are drawn: of very many, the first, the last, and those that are damaged.</param>
internal sealed record ReportData(
    DateTimeOffset Made, DirectoryVerification Found, LogSurvey Survey, ImmutableArray<SegmentFacts> Segments, IReadOnlyList<SegmentPicture> Pictures);
