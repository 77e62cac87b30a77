import type { ForwardEntry, JsonRecord } from '../entry.ts';
import { type Activity, AUTHENTICATION, baseEvent, FAILURE } from './base.ts';
import { describeCode } from './describe-code.ts';
import { actorOf, endpointOf, userOf } from './who.ts';

const LOGON: Activity = { id: 1, name: 'Logon' };

/** Who it was could not be established: Authentication (3002). Only failures: what succeeds is an API Activity. */
export function toAuthentication(entry: ForwardEntry): JsonRecord {
  return {
    ...baseEvent(entry, AUTHENTICATION, LOGON, {
      uid: entry.id,
      level: entry.level,
      message: describeCode(entry.code),
    }),
    ...FAILURE,
    status_code: entry.code,
    status_detail: describeCode(entry.code),
    user: userOf(entry),
    actor: actorOf(entry),
    auth_protocol_id: 99,
    auth_protocol: 'Mutual TLS and Ed25519 request signature',
    is_remote: true,
    is_mfa: false,
    logon_type_id: 3,
    logon_type: 'Network',
    service: { name: 'vectorvue-gateway' },
    src_endpoint: endpointOf(entry),
    dst_endpoint: { svc_name: 'vectorvue-gateway' },
  };
}
