import { KnownIds } from './known-ids.ts';
import { readEvents } from './read-events.ts';
import { memorySource } from './source.ts';
import { survey } from './survey.ts';
import { namedFault, Tally } from './tally.ts';
import type { Adapter, BuildContext, BuiltEvents, NewEvent, Report } from './types.ts';

/**
 * A report in memory -> all its events. What comes out depends on the report's bytes, the recorded measurements, the
 * identity in the context and the mapping version, and on nothing else: not on the clock, not on the file's name.
 * Never throws on any bytes; what was not understood is in `faults`. Large reports go through `take-report.ts`.
 */
export function buildEvents(
  report: Report,
  context: BuildContext,
  chosen: Adapter | null = null,
): BuiltEvents {
  const source = memorySource(report);
  const surveyed = survey(source, context, chosen);
  if (!surveyed.ok) {
    return {
      format: surveyed.format,
      reportSha256: surveyed.reportSha256,
      events: [],
      faults: [namedFault(report.name, surveyed.fault)],
      skipped: {},
      redactions: {},
    };
  }
  const events: NewEvent[] = [];
  const tally = new Tally(report.name);
  const ids = new KnownIds();
  for (const item of readEvents(source, surveyed.value, context)) {
    if (item.kind === 'fault') tally.fault(item.fault);
    else if (item.kind === 'skipped') tally.skip(item.reason);
    else {
      const judged = ids.judge(item.event, item.where);
      if (typeof judged === 'object') tally.fault(judged);
      else {
        // A repeat is an event too: that the spool has it already is for the spool to say.
        events.push(item.event);
        tally.redact(item.redactions);
      }
    }
  }
  const { format, reportSha256 } = surveyed.value;
  const { faults, skipped, redactions } = tally;
  return { format, reportSha256, events, faults, skipped, redactions };
}
