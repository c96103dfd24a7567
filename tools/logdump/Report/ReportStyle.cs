namespace RaftEngine.LogDump.Report;

/// <summary>How the page looks, in light and in the dark.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark;
          --page: #f5f6f8; --card: #ffffff; --ink: #1b2430; --soft: #5c6877; --line: #e1e5ea; --grid: #edf0f3;
          --accent: #2f6fde; --accent2: #7aa7f5; --fill: #2f6fde22; --ok: #2c9f6b; --unsynced: #d9a21b; --slack: #e6e9ed; --stale: #c9cfd7;
          --torn: #e08a1e; --bad: #d13b3b; --broken: #a3319f; --detached: #b9a24a; --header: #46566a; --shadow: 0 1px 2px #1b243014, 0 4px 16px #1b24300a; }
        @media (prefers-color-scheme: dark) { :root {
          --page: #0f1319; --card: #171d26; --ink: #e7ecf2; --soft: #94a1b2; --line: #27303c; --grid: #212a35;
          --accent: #6ea0ff; --accent2: #3d65ad; --fill: #6ea0ff26; --ok: #3fbf85; --unsynced: #e3b341; --slack: #242d38; --stale: #3a4553;
          --torn: #f0a04b; --bad: #ff6b6b; --broken: #d873d4; --detached: #cbb75d; --header: #8b9bb0; --shadow: none; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 40px 28px 64px; }
        header { display: flex; flex-wrap: wrap; align-items: flex-start; justify-content: space-between; gap: 12px 32px; margin-bottom: 28px; }
        h1 { font-size: 28px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; }
        h2 { font-size: 16px; letter-spacing: -0.005em; margin: 0 0 2px; }
        p { margin: 0; } .soft { color: var(--soft); } .note { color: var(--soft); font-size: 13.5px; margin-bottom: 14px; }
        code, .mono, td.n, svg text { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", monospace; font-variant-numeric: tabular-nums; }
        code { font-size: 13px; overflow-wrap: anywhere; }
        .verdict { display: inline-flex; align-items: center; gap: 9px; padding: 8px 16px; border-radius: 999px; font-weight: 600; font-size: 15px; white-space: nowrap;
          color: var(--tone); background: color-mix(in srgb, var(--tone) 13%, transparent); border: 1px solid color-mix(in srgb, var(--tone) 35%, transparent); }
        .verdict::before { content: ""; width: 9px; height: 9px; border-radius: 50%; background: var(--tone); }
        .clean { --tone: var(--ok); } .warned { --tone: var(--torn); } .damaged { --tone: var(--bad); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px; margin-bottom: 14px; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px 22px; box-shadow: var(--shadow); }
        section.card { margin-bottom: 14px; }
        .figure { padding: 15px 18px; }
        .figure b { display: block; font-size: 23px; font-weight: 650; letter-spacing: -0.02em; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .figure span { color: var(--soft); font-size: 13px; }
        .two { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; } .two > section { margin-bottom: 14px; }
        @media (max-width: 860px) { .two { grid-template-columns: 1fr; } }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { font-size: 11.5px; fill: var(--soft); } svg .strong { fill: var(--ink); } svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--line); }
        .bars { display: grid; gap: 7px; } .bar { display: grid; grid-template-columns: 168px 1fr auto; gap: 4px 12px; align-items: center; font-size: 13px; }
        .bar .name { font-family: ui-monospace,
            monospace; font-variant-numeric: tabular-nums; } .bar svg { height: 20px; border-radius: 5px; overflow: hidden; }
        .bar .run { background: color-mix(in srgb, var(--ok) 18%,
            transparent); border-left: 4px solid var(--ok); border-radius: 5px; padding: 1px 10px; }
        .bar .track { position: relative; height: 16px; border-radius: 4px; background: var(
            --slack); overflow: hidden; } .bar .count { color: var(--soft); }
        .bar .track i { position: absolute; inset: 0 auto 0 0; background: var(--accent); color: var(
            --card); font: 10px/16px sans-serif; padding-left: 2px; min-width: 3px; }
        ul, ol { margin: 6px 0; padding-left: 22px; } li { margin: 5px 0; } .findings { list-style: none; padding: 0; } .findings li { overflow-wrap: anywhere; }
        .kinds { height: 24px; }
        .legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin-top: 14px; font-size: 13px; color: var(--soft); }
        .legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; background: var(--c); }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; }
        th { text-align: left; font-weight: 600; color: var(--soft); padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
        td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--grid); white-space: nowrap; } tr:last-child td { border-bottom: 0; }
        th.n, td.n { text-align: right; } td.wrap { white-space: normal; } .bad { color: var(--bad); } .warn { color: var(--torn); }
        .meter { display: inline-block; width: 84px; height: 7px; border-radius: 4px; background: var(--slack); overflow: hidden; vertical-align: 1px; }
        .meter i { display: block; height: 100%; background: var(--accent); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 5px 20px; margin: 0; font-size: 13.5px; } dt { color: var(--soft); } dd { margin: 0; min-width: 0; }
        footer { color: var(--soft); font-size: 13px; margin-top: 26px; }
        @media (max-width: 600px) { main { padding: 20px 12px 40px; } .card { padding: 14px; } h1 { font-size: 22px; } .verdict { white-space: normal; }
          .two { gap: 0; } .cards { grid-template-columns: 1fr 1fr; gap: 8px; } .bar { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; gap: 0; }
          dd { margin-bottom: 8px; }
          svg text { font-size: 17px; } svg.wide { min-width: 760px; }
          .x { display: none; } body { font-size: 16px; } .note, table, .legend { font-size: 14px; } }
        @media print { body { background: #fff; } .card { break-inside: avoid; box-shadow: none; } }
        """;
}
