import type { JsonObject } from '@nyxera/federation-protocol';
import { member, text } from '../json/members.ts';
import { looseTime, numberText, type ReadTime, timeOfNumber, timeWithOffset } from '../loose-time.ts';

/**
 * `time` first: OCSF says milliseconds, Security Hub writes them, Prowler writes seconds, so its size decides and
 * seconds are flagged. `time_dt` counts only with an offset: Prowler's is local and would be hours off. Prowler before
 * 4.5 has neither, but a local `event_time`: the one that is taken as UTC for want of better, and flagged.
 */
export function timeOf(record: JsonObject, finding: JsonObject): ReadTime | null {
  const dated = text(record, 'time_dt');
  const stated = dated === undefined ? null : timeWithOffset(dated);
  return (
    ofNumber(record, 'time') ??
    (stated === null ? null : { at: stated, assumed: {} }) ??
    looseTime(member(record, 'event_time')) ??
    looseTime(member(finding, 'created_time'))
  );
}

function ofNumber(record: JsonObject, name: string): ReadTime | null {
  const number = numberText(member(record, name));
  const time = number === null ? null : timeOfNumber(number, null);
  // Milliseconds are what the specification says: nothing had to be assumed.
  return time?.assumed.time_unit_assumed === 'milliseconds' ? { at: time.at, assumed: {} } : time;
}
