/** `report.html`: the run as a reader wants it who was not there. */
import { ERROR_CODES } from '@nyxera/federation-protocol';
import type { ToldStep } from '../demo/report.ts';
import { type Html, html } from './html.ts';
import type { ReportFacts } from './report-facts.ts';
import { page } from './report-page.ts';
import { drawTimeline } from './timeline-svg.ts';

export function writeReport(facts: ReportFacts): string {
  const body = html`${heading(facts)}
${verification(facts)}
<h2>The run at a glance</h2>
<figure>${drawTimeline(facts.entries)}
<figcaption>Each mark is an entry of the audit log; where several fall together, their number. Round: done or taken. Diamonds: refused.</figcaption></figure>
${refusals(facts)}
${story(facts)}
${counts(facts)}
${keys(facts)}
${files(facts)}
<footer>This page was written by the run itself. It loads nothing and runs nothing. What it tells is an account; what the folder proves is said above.</footer>`;
  return page('Evidence of a federation run', body);
}

function heading({ steps, started, database, tenant, log, size, root, entries }: ReportFacts): Html {
  const passed = steps.filter(({ ok }) => ok).length;
  const good = passed === steps.length;
  const requests = new Set(entries.map(({ requestId }) => requestId)).size;
  return html`<h1>Evidence of a federation run</h1>
<p class="lead">SpectraStrike sent real reports to VectorVue; an enemy tried what enemies try. This is what happened.</p>
<p class="verdict ${good ? 'good' : 'bad'}">${passed} of ${steps.length} steps as expected</p>
<dl>
<dt>Started</dt><dd>${started.toISOString().replace('T', ' ').slice(0, 19)} UTC</dd>
<dt>Database</dt><dd>${database === 'postgres' ? 'PostgreSQL' : 'embedded PostgreSQL (PGlite)'}</dd>
<dt>Tenant</dt><dd><code>${tenant}</code></dd>
<dt>Log</dt><dd><code>${log}</code></dd>
<dt>Checkpoint</dt><dd>${size} entries about ${requests} requests and changes, root <code>${root}</code></dd>
</dl>`;
}

function verification({ key, size }: ReportFacts): Html {
  return html`<h2>Check it yourself</h2>
<p>One command, offline, without a database. Run it in this folder; it exits with 0 only if everything holds, and otherwise names the place.</p>
<pre>vectorvue-gateway audit verify-proof . --key '${key}'</pre>
<p>The key above is the log's own, as this page knows it. Take it from the operator over another channel, and compare, before you rely on it: whoever could forge this page could forge the key on it.</p>
<div class="columns">
<div><h3>What that proves</h3><ul>
<li>The ${size} entries in <code>log.jsonl</code> are exactly those that the log's key signed: none is missing, changed, added or moved.</li>
<li>Each request of the run has its proof; where something was accepted, the very bytes and the sender's signature are in it.</li>
<li>What the steps below say of a request is what the log says of it.</li>
</ul></div>
<div><h3>What it does not</h3><ul>
<li>That everything which happened was entered. A gateway that leaves something out from the start has signed nothing about it; a sender with a receipt would know.</li>
<li>That nobody was shown another log. That takes a witness who cosigned the checkpoint; the command says whether there is one.</li>
<li>This page, beyond the steps that name a request.</li>
</ul></div>
</div>`;
}

/** What was refused, in the words of the protocol. */
function refusals({ steps }: ReportFacts): Html {
  const refused = steps.flatMap((step) => {
    const code = Object.keys(ERROR_CODES).find((known) => step.observed.split(/[\s,:]+/).includes(known));
    const handshake = step.observed.startsWith('handshake refused');
    if (code === undefined && !handshake) return [];
    const why = code === undefined ? 'The TLS handshake failed: no request was ever read.' : meaningOf(code);
    return [{ step, code: code ?? 'no handshake', why }];
  });
  return html`<h2>What was refused, and why</h2>
<table>
<thead><tr><th scope="col" class="tried">What was tried</th><th scope="col" class="code">Refused with</th><th scope="col">Why</th><th scope="col" class="proof">Proof</th></tr></thead>
<tbody>
${refused.map(
  ({
    step,
    code,
    why,
  }) => html`<tr><th scope="row">${step.name}</th><td><code>${code}</code></td><td class="why">${why}</td><td>${proofOf(step)}</td></tr>
`,
)}</tbody>
</table>
<p>Where there is no proof the gateway was not reached, or it was the agent that refused: the log of the gateway has nothing of it.</p>`;
}

function meaningOf(code: string): string {
  return (ERROR_CODES as Readonly<Record<string, { readonly meaning: string }>>)[code]?.meaning ?? '';
}

function proofOf({ proof }: ToldStep): Html | string {
  return proof === undefined
    ? '–'
    : html`<a href="proofs/${proof.request_id}.json">${proof.request_id.slice(-12)}</a>`;
}

function story({ steps }: ReportFacts): Html {
  const chapters = [...new Set(steps.map(({ chapter }) => chapter))];
  return html`<h2>Step by step</h2>
${chapters.map(
  (chapter) => html`<h3>${chapter}</h3>
<table>
<thead><tr><th scope="col" class="outcome">Outcome</th><th scope="col" class="step">Step</th><th scope="col" class="expected">Expected</th><th scope="col">Observed</th></tr></thead>
<tbody>
${steps
  .filter((step) => step.chapter === chapter)
  .map(
    ({
      ok,
      name,
      expected,
      observed,
    }) => html`<tr><td class="mark ${ok ? 'ok' : 'fail'}">${ok ? '✓ ok' : '✗ not'}</td><th scope="row">${name}</th><td>${expected}</td><td>${observed}</td></tr>
`,
  )}</tbody>
</table>
`,
)}`;
}

function counts({ entries }: ReportFacts): Html {
  const byCode = new Map<string, { readonly what: readonly [string, string, string]; count: number }>();
  for (const entry of entries) {
    const what = [entry.class, entry.action, entry.code] as const;
    const counted = byCode.get(what.join(' ')) ?? { what, count: 0 };
    counted.count += 1;
    byCode.set(what.join(' '), counted);
  }
  const rows = [...byCode.values()].sort((a, b) => (a.what.join(' ') < b.what.join(' ') ? -1 : 1));
  return html`<h2>What the log holds</h2>
<table>
<thead><tr><th scope="col" class="class">Class</th><th scope="col">Action</th><th scope="col">Outcome</th><th scope="col" class="count">Entries</th></tr></thead>
<tbody>
${rows.map(
  ({
    what: [of, action, code],
    count,
  }) => html`<tr><td>${of}</td><td><code>${action}</code></td><td><code>${code}</code></td><td class="number">${count}</td></tr>
`,
)}</tbody>
</table>`;
}

function keys({ fingerprints }: ReportFacts): Html {
  return html`<h2>Keys and certificates</h2>
<p>Made for this run alone. Private keys were deleted with it.</p>
<table>
<thead><tr><th scope="col" class="what">What</th><th scope="col" class="whose">Whose</th><th scope="col">Fingerprint</th></tr></thead>
<tbody>
${fingerprints.map(
  ({
    what,
    whose,
    fingerprint,
  }) => html`<tr><th scope="row">${what}</th><td>${whose}</td><td><code>${fingerprint}</code></td></tr>
`,
)}</tbody>
</table>`;
}

function files({ tenantExport, ocsf }: ReportFacts): Html {
  const named: readonly (readonly [string, string])[] = [
    ['evidence.json', 'what the folder is about, and the SHA-256 of every other file'],
    ['checkpoint.json', 'the signed root of the log'],
    ['log.jsonl', 'every entry of the log; what belongs to a tenant is a salted commitment'],
    ['proofs/', 'a file for each request: its entries, their way to the root, and the signed bytes'],
    [tenantExport, 'the entries of the tenant with what they commit to (not proven beyond its hash)'],
    [ocsf, 'the same as OCSF events (not proven beyond its hash)'],
    ['smoke.json', 'the steps above, for programs'],
  ];
  return html`<h2>Files</h2>
<dl>
${named.map(
  ([name, what]) => html`<dt><code>${name}</code></dt><dd>${what}</dd>
`,
)}</dl>`;
}
