import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeHtml, html } from '../evidence/html.ts';
import type { LoggedEntry } from '../evidence/read-log.ts';
import type { ReportFacts } from '../evidence/report-facts.ts';
import { writeReport } from '../evidence/report-html.ts';
import { LANES } from '../evidence/timeline-lanes.ts';
import { drawTimeline } from '../evidence/timeline-svg.ts';

const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u0000&';

const entry = (over: Partial<LoggedEntry> = {}): LoggedEntry => ({
  sequence: 0,
  at: Date.UTC(2026, 1, 26, 12),
  class: 'decision',
  action: 'telemetry',
  actor: 'agent',
  code: 'accepted',
  requestId: '0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77',
  ...over,
});

function facts(text: string): ReportFacts {
  const step = { name: text, expected: text, observed: `${text} replay_detected`, ok: true, evidence: {} };
  return {
    started: new Date(Date.UTC(2026, 1, 26, 12)),
    database: text,
    tenant: text,
    log: text,
    key: text,
    root: text,
    size: 2,
    steps: [
      { ...step, chapter: text, at: '', proof: { request_id: text, code: text } },
      { ...step, name: 'not as expected', observed: 'signature_invalid', ok: false, chapter: text, at: '' },
    ],
    entries: [entry({ action: text, code: text }), entry({ class: 'security', code: 'replay_detected' })],
    fingerprints: [{ what: text, whose: text, fingerprint: text }],
    tenantExport: text,
    ocsf: text,
  };
}

test('what somebody else wrote is text and nothing else, everywhere', () => {
  const page = writeReport(facts(HOSTILE));
  expect(page).not.toMatch(/<script|<img/);
  expect(page).not.toMatch(/\p{Cf}/u);
  expect(page.includes(String.fromCodePoint(0))).toBe(false);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain('U+202E');
});

test('nothing can be escaped from, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      expect(html`<p title="${text}">${[text, html`<b>${text}</b>`]}</p>`.text.match(/</g)).toHaveLength(4);
    }),
  );
});

test('the page loads nothing, runs nothing, and its policy allows its own style alone', () => {
  const page = writeReport(facts('plain'));
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page).toContain(
    `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
  );
  expect(page).not.toMatch(
    /<(?:script|link|img|iframe|object|embed|form|base)\b|\bsrc=|url\(|@import|https?:|\son\w+=|\sstyle=/,
  );
  expect(page).toContain('1 of 2 steps as expected');
  expect(page).toContain('verdict bad');
  expect(page).toContain('the same as OCSF events');
});

test('each entry is on the timeline once, and the words count the same', () => {
  const code = fc.constantFrom(
    'accepted',
    'duplicate',
    'issued',
    'replay_detected',
    'schema_invalid',
    'changed',
    'odd',
  );
  const of = fc.constantFrom('decision', 'security', 'trust', 'administration', 'feedback', 'unheard-of');
  const action = fc.constantFrom('telemetry', 'graph', 'feedback.query', 'key.import');
  const at = fc.integer({ min: 0, max: 600_000 });
  const entries = fc.array(
    fc.record({ code, class: of, action, at }).map((over) => entry(over)),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(entries, (given) => {
      const { text } = drawTimeline(given);
      const marks = [...text.matchAll(/<g class="mark[^>]*>.*?<\/g>/gs)].map(([mark]) => mark);
      const drawn = marks.map((mark) => Number(/class="number[^>]*>(\d+)</.exec(mark)?.[1] ?? 1));
      expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(given.length);
      const said = /<desc[^>]*>(.*?)<\/desc>/.exec(text)?.[1] ?? '';
      expect(said).toContain(`${given.length} entries of the log`);
      for (const lane of LANES) expect(said).toContain(`${lane.name}: `);
      expect(text).not.toContain('NaN');
    }),
  );
});
