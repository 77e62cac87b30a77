import type { ForwardEntry, JsonRecord } from '../entry.ts';
import { type Activity, API_ACTIVITY, baseEvent, FAILURE, OTHER_ACTIVITY, SUCCESS } from './base.ts';
import { describeCode, httpStatusOf, isRefusal } from './describe-code.ts';
import { actorOf, endpointOf } from './who.ts';

const CREATE: Activity = { id: 1, name: 'Create' };
const READ: Activity = { id: 2, name: 'Read' };
const UPDATE: Activity = { id: 3, name: 'Update' };
const DELETE: Activity = { id: 4, name: 'Delete' };

/** Actions of the audit log. What is not here (a later version's) is "Other", which OCSF has for that. */
const ACTIVITY: Readonly<Record<string, Activity>> = {
  telemetry: CREATE,
  'telemetry.batch': CREATE,
  graph: CREATE,
  'feedback.query': READ,
  'evidence.verify': READ,
  'identity.declare': CREATE,
  'identity.limit': UPDATE,
  'identity.pin': UPDATE,
  'identity.unpin': DELETE,
  'identity.suspend': UPDATE,
  'identity.resume': UPDATE,
  'tenant.create': CREATE,
  'tenant.map': CREATE,
  'tenant.unmap': DELETE,
  'tenant.suspend': UPDATE,
  'tenant.resume': UPDATE,
  'key.import': CREATE,
  'key.extend': UPDATE,
  'key.activate': UPDATE,
  'key.retire': UPDATE,
  'key.revoke': DELETE,
  'forward.rewind': UPDATE,
  'adjustment.issue': CREATE,
  'adjustment.shorten': UPDATE,
  'adjustment.withdraw': DELETE,
  'adjustment.propose': CREATE,
  'adjustment.approve': UPDATE,
  'adjustment.decline': UPDATE,
  'adjustment.retract': UPDATE,
};

/** A decision about a request, or a change by an operator: API Activity (6003). */
export function toApiActivity(entry: ForwardEntry): JsonRecord {
  const activity = activityOf(entry.action);
  const refused = isRefusal(entry.code);
  const status = httpStatusOf(entry.code) ?? (refused ? null : successStatus(entry));
  const subject = entry.subject ?? entry.requestId;
  return {
    ...baseEvent(entry, API_ACTIVITY, activity, {
      uid: entry.id,
      level: entry.level,
      message: describeCode(entry.code),
    }),
    ...(refused ? FAILURE : SUCCESS),
    status_code: entry.code,
    status_detail: describeCode(entry.code),
    actor: actorOf(entry),
    api: {
      operation: entry.action,
      service: { name: 'vectorvue-gateway' },
      request: { uid: entry.requestId },
      ...(status === null ? {} : { response: { code: status } }),
    },
    src_endpoint: endpointOf(entry),
    resources: [{ uid: subject, type: resourceType(entry.action) }],
  };
}

/** `key.import.telemetry` is a `key.import`. */
function activityOf(action: string): Activity {
  const [group, step] = action.split('.');
  const name = step === undefined ? action : `${group}.${step}`;
  return (Object.hasOwn(ACTIVITY, name) ? ACTIVITY[name] : undefined) ?? OTHER_ACTIVITY;
}

/** Only requests have an HTTP answer. */
function successStatus(entry: ForwardEntry): number | null {
  switch (entry.action) {
    case 'telemetry':
    case 'telemetry.batch':
    case 'graph':
      return 202;
    case 'feedback.query':
    case 'evidence.verify':
      return 200;
    default:
      return null;
  }
}

function resourceType(action: string): string {
  return action === 'telemetry' || action === 'telemetry.batch' ? 'event' : (action.split('.')[0] ?? action);
}
