/**
 * The run as a picture: a row for each kind of entry, time from left to right. Entries that fall on the same place are one
 * mark with their number. Colour is never alone: refusals are diamonds, everything else is round.
 */
import { type Html, html } from './html.ts';
import type { LoggedEntry } from './read-log.ts';
import { DRAWN, LANES, type Lane, laneOf } from './timeline-lanes.ts';

const WIDTH = 960;
const LEFT = 225;
const RIGHT = 30;
const TOP = 14;
const LANE_HEIGHT = 48;
/** Pixels: entries nearer to each other than this are one mark. */
const BIN = 14;

interface Mark {
  readonly lane: Lane['kind'];
  readonly x: number;
  readonly entries: LoggedEntry[];
}

/** @param entries at least one, in order of the log. */
export function drawTimeline(entries: readonly LoggedEntry[]): Html {
  const start = Math.min(...entries.map(({ at }) => at));
  const span = Math.max(1_000, Math.max(...entries.map(({ at }) => at)) - start);
  const xOf = (at: number) => LEFT + ((at - start) / span) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + DRAWN.length * LANE_HEIGHT;
  const height = bottom + 44;
  return html`<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="timeline-title timeline-text">
<title id="timeline-title">Timeline of the run</title>
<desc id="timeline-text">${describe(entries, span)}</desc>
${DRAWN.map((kind, row) => drawLane(kind, row, entries))}
${ticksOf(span).map((ms) => drawTick(xOf(start + ms), ms, bottom))}
<text class="axis" x="${WIDTH - RIGHT}" y="${bottom + 38}" text-anchor="end">seconds since ${clock(start)} UTC</text>
${marksOf(entries, xOf).map(drawMark)}
</svg>`;
}

function nameOf(kind: Lane['kind']): string {
  return LANES.find((lane) => lane.kind === kind)?.name ?? kind;
}

/** The same in words, for whoever does not see the picture. */
function describe(entries: readonly LoggedEntry[], span: number): string {
  const counts = DRAWN.map(
    (kind) => `${nameOf(kind)}: ${entries.filter((entry) => laneOf(entry) === kind).length}`,
  );
  return `${entries.length} entries of the log within ${Math.ceil(span / 1000)} seconds. ${counts.join('. ')}.`;
}

function drawLane(kind: Lane['kind'], row: number, entries: readonly LoggedEntry[]): Html {
  const middle = middleOf(row);
  const count = entries.filter((entry) => laneOf(entry) === kind).length;
  return html`<rect class="lane${row % 2 === 0 ? ' even' : ''}" x="0" y="${middle - LANE_HEIGHT / 2}" width="${WIDTH}" height="${LANE_HEIGHT}"/>
<text class="lane-name" x="8" y="${middle}">${nameOf(kind)}</text>
<text class="lane-count" x="8" y="${middle + 15}">${count} ${count === 1 ? 'entry' : 'entries'}</text>
`;
}

function drawTick(x: number, ms: number, bottom: number): Html {
  return html`<line class="tick" x1="${round(x)}" y1="${TOP}" x2="${round(x)}" y2="${bottom}"/><text class="axis" x="${round(x)}" y="${bottom + 18}" text-anchor="middle">${ms / 1000}</text>
`;
}

function marksOf(entries: readonly LoggedEntry[], xOf: (at: number) => number): readonly Mark[] {
  const marks: Mark[] = [];
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    const lane = laneOf(entry);
    const x = xOf(entry.at);
    const near = marks.findLast((mark) => mark.lane === lane);
    if (near !== undefined && x - near.x < BIN) near.entries.push(entry);
    else marks.push({ lane, x, entries: [entry] });
  }
  return marks;
}

function drawMark({ lane, x, entries }: Mark): Html {
  const y = middleOf(DRAWN.indexOf(lane));
  const size = Math.min(17, 6 + Math.sqrt(entries.length - 1) * 1.6);
  const shape =
    lane === 'refused' || lane === 'security'
      ? html`<path d="M${round(x)} ${round(y - size - 1)} l${round(size + 1)} ${round(size + 1)} l${round(-size - 1)} ${round(size + 1)} l${round(-size - 1)} ${round(-size - 1)} z"/>`
      : html`<circle cx="${round(x)}" cy="${round(y)}" r="${round(size)}"/>`;
  const label =
    entries.length > 1
      ? html`<text class="number${size < 10 ? ' beside' : ''}" x="${round(size < 10 ? x + size + 4 : x)}" y="${round(y + 4)}">${entries.length}</text>`
      : '';
  return html`<g class="mark ${lane}"><title>${titleOf(entries)}</title>${shape}${label}</g>
`;
}

function titleOf(entries: readonly LoggedEntry[]): string {
  const codes = new Map<string, number>();
  for (const { action, code } of entries) {
    const what = `${action} ${code}`;
    codes.set(what, (codes.get(what) ?? 0) + 1);
  }
  return [...codes].map(([what, count]) => (count === 1 ? what : `${count} × ${what}`)).join(', ');
}

/** Five to ten of them, at round seconds. */
function ticksOf(span: number): readonly number[] {
  const step =
    [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000].find((ms) => span / ms <= 10) ??
    300_000;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, at) => at * step);
}

function middleOf(row: number): number {
  return TOP + row * LANE_HEIGHT + LANE_HEIGHT / 2;
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

function round(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
