import type { ForwardEntry, ForwardFinding, JsonRecord, OutgoingRecord } from './entry.ts';
import { toApiActivity } from './ocsf/api-activity.ts';
import { toAuthentication } from './ocsf/authentication.ts';
import { httpStatusOf } from './ocsf/describe-code.ts';
import {
  findingUid,
  isFindingStep,
  toChangedFinding,
  toForkFinding,
  toNewFinding,
} from './ocsf/detection-finding.ts';

/**
 * The OCSF events of one entry: one, or two where an accepted event was a finding. `metadata.uid` is the record's id.
 *
 * - Authentication (3002): whatever left it open who was speaking, that is, every code answered with 401.
 * - Detection Finding (2004): findings that events made, what operators did to them, and a forked log.
 * - API Activity (6003): every other decision, and changes of trust and administration.
 */
export function toOcsf(entry: ForwardEntry, finding: ForwardFinding | null): readonly OutgoingRecord[] {
  const record = (id: string, json: JsonRecord): OutgoingRecord => ({ id, entry, json });
  const main = record(entry.id, toMainEvent(entry));
  if (finding === null) return [main];
  return [main, record(findingUid(entry), toNewFinding(entry, finding))];
}

function toMainEvent(entry: ForwardEntry): JsonRecord {
  if (entry.code === 'audit_fork_detected') return toForkFinding(entry);
  if (isFindingStep(entry.action)) return toChangedFinding(entry);
  return httpStatusOf(entry.code) === 401 ? toAuthentication(entry) : toApiActivity(entry);
}
