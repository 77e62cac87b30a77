import type { JsonObject } from '@nyxera/federation-protocol';
import {
  looseTime,
  numberText,
  type ReadTime,
  type TimeUnit,
  timeInZone,
  timeOfNumber,
  timeWithOffset,
} from '../loose-time.ts';
import type { TimeRule } from './mapping-schema.ts';
import { at } from './select.ts';
import { offsetAt } from './zone.ts';

/** The first of a mapping's times that can be read; null where none can. */
export function mapTime(record: JsonObject, rules: readonly TimeRule[]): ReadTime | null {
  for (const rule of rules) {
    const time = readBy(record, rule);
    if (time === null) continue;
    return rule.doubt === undefined
      ? time
      : { at: time.at, assumed: { ...time.assumed, observed_at_doubt: rule.doubt } };
  }
  return null;
}

function readBy(record: JsonObject, rule: TimeRule): ReadTime | null {
  const value = at(record, rule.field);
  switch (rule.format) {
    case 'any':
      return looseTime(value);
    case 'rfc3339': {
      const stated = typeof value === 'string' ? timeWithOffset(value) : null;
      return stated === null ? null : { at: stated, assumed: {} };
    }
    case 'local':
      return typeof value === 'string' ? local(value, rule.zone) : null;
    default: {
      const number = numberText(value);
      return number === null ? null : timeOfNumber(number, rule.format.slice('unix-'.length) as TimeUnit);
    }
  }
}

function local(text: string, zone: string | undefined): ReadTime | null {
  const utc = timeInZone(text, 'Z');
  if (utc === null) return null;
  if (zone === undefined) return { at: utc, assumed: { time_zone_assumed: 'UTC' } };
  const found = offsetAt(zone, utc.slice(0, 19));
  const stated = found === null ? null : timeInZone(text, found.offset);
  if (found === null || stated === null) return null;
  return {
    at: stated,
    assumed: {
      time_zone_assumed: zone,
      time_zone_assumed_by: 'mapping',
      ...(found.ambiguous ? { time_zone_ambiguous: 'this hour came twice; the first is taken' } : {}),
    },
  };
}
