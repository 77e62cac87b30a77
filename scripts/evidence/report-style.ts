/** The whole style of a report. Its hash is in the content security policy, so nothing else can style the page. */
export const REPORT_STYLE = `
:root { color-scheme: light; --ink: #1b2430; --soft: #5a6675; --line: #d8dee6; --wash: #f5f7fa; --good: #1c6b45; --bad: #a3262a;
  --ours: #5b6472; --taken: #1c6b45; --feedback: #22578f; --refused: #9a5b00; --security: #a3262a; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: #22578f; }
.lead { color: var(--soft); margin-bottom: 1.25rem; }
.verdict { display: inline-block; font-weight: 600; padding: .3rem .75rem; border-radius: .3rem; border: 1px solid; }
.verdict.good { color: var(--good); background: #eef6f1; }
.verdict.bad { color: var(--bad); background: #fbefef; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 1.25rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .875em/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: .3rem; padding: .9rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin: .75rem 0; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { font-weight: 600; color: var(--soft); font-size: .8125rem; }
th[scope="row"] { color: var(--ink); font-size: inherit; font-weight: 500; }
td.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 2rem; }
.tried { width: 25%; } .code { width: 15.5rem; } .proof { width: 9rem; }
.outcome { width: 5.5rem; } .step { width: 36%; } .expected { width: 27%; }
.class { width: 9rem; } .count { width: 7rem; } .what, .whose { width: 24%; }
td.mark { white-space: nowrap; font-weight: 600; }
.ok { color: var(--good); } .fail { color: var(--bad); }
.why { color: var(--soft); }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5rem; }
.columns ul { padding-left: 1.1rem; margin: .25rem 0; } .columns li { margin: .4rem 0; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .875rem; margin-top: .5rem; }
.timeline { width: 100%; height: auto; display: block; font: 13px system-ui, Arial, sans-serif; }
.timeline .lane { fill: #fff; } .timeline .lane.even { fill: var(--wash); }
.timeline .lane-name { fill: var(--ink); font-weight: 600; } .timeline .lane-count, .timeline .axis { fill: var(--soft); font-size: 11.5px; }
.timeline .tick { stroke: var(--line); stroke-width: 1; }
.timeline .mark { stroke: #fff; stroke-width: 1.5; }
.timeline .ours { fill: var(--ours); } .timeline .taken { fill: var(--taken); } .timeline .feedback { fill: var(--feedback); }
.timeline .refused { fill: var(--refused); } .timeline .security { fill: var(--security); }
.timeline .number { stroke: none; fill: #fff; font-size: 11px; font-weight: 600; text-anchor: middle; }
.timeline .number.beside { fill: var(--ink); text-anchor: start; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) { .columns { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
@page { margin: 16mm; }
@media print { :root { font-size: 11px; } body { font-size: 1rem; line-height: 1.45; } .code { width: 14rem; } main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } tr, figure, pre, dl { break-inside: avoid; }
  a { color: inherit; text-decoration: none; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
