import { createHash } from 'node:crypto';
import { detectFormat, mistaken, oversized } from './detect-format.ts';
import type { Adapter, Fault, ReadContext, ReportFormat, ReportSource } from './types.ts';

/** What must be known of a whole report before the first of its events can be made. */
export interface Survey {
  readonly adapter: Adapter;
  readonly format: ReportFormat;
  /** Hex SHA-256 of the report's bytes. */
  readonly reportSha256: string;
  /** RFC 3339; null where the report does not say. */
  readonly startedAt: string | null;
}

export type Surveyed =
  | { readonly ok: true; readonly value: Survey }
  | {
      readonly ok: false;
      /** Null where it was not recognised. */
      readonly format: ReportFormat | null;
      readonly reportSha256: string;
      readonly fault: Fault;
    };

/** Items after which a survey lets others have their turn. */
const BREATH = 256;

/**
 * The first pass: hashes the report, recognises it, and reads it as far as it takes to know that it will not be
 * refused as a whole and when its execution began. Lines stand for themselves and are hardly looked at; an array or an
 * XML document is read to its end, so that nothing is taken of one that breaks off. Yields now and then.
 * @param chosen reads the report whatever it looks like: a mapping
 */
export function* surveySteps(
  source: ReportSource,
  context: ReadContext,
  chosen: Adapter | null = null,
): Generator<undefined, Surveyed> {
  const hash = createHash('sha256');
  // Not even hashed: what is larger than anything that is taken.
  const tooLarge = oversized(source);
  if (tooLarge !== null) return { ok: false, format: null, reportSha256: '', fault: tooLarge };
  for (const chunk of source.chunks()) {
    hash.update(chunk);
    yield;
  }
  const reportSha256 = hash.digest('hex');
  const detected = chosen === null ? detectFormat(source) : choose(source, chosen);
  if (!detected.ok) return { ok: false, format: null, reportSha256, fault: detected.fault };
  const adapter = detected.value;
  const reading = adapter.read(source, context);
  let count = 0;
  for (const item of reading.items) {
    if (item.ok === false && item.fatal === true) {
      return { ok: false, format: adapter.format, reportSha256, fault: item.fault };
    }
    if (reading.surveyed()) break;
    count += 1;
    if (count % BREATH === 0) yield;
  }
  return {
    ok: true,
    value: { adapter, format: adapter.format, reportSha256, startedAt: reading.startedAt() },
  };
}

function choose(
  source: ReportSource,
  chosen: Adapter,
): { ok: true; value: Adapter } | { ok: false; fault: Fault } {
  const fault = mistaken(source, 'JSON lines');
  return fault === null ? { ok: true, value: chosen } : { ok: false, fault };
}

/** All of it at once, for a report that is small or in a process of its own. */
export function survey(source: ReportSource, context: ReadContext, chosen: Adapter | null = null): Surveyed {
  const steps = surveySteps(source, context, chosen);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
