import type { Level } from '../../security/security-events.ts';
import { VERSION } from '../../version.ts';
import type { ForwardEntry, JsonRecord } from '../entry.ts';

/** Every member used here is in 1.5 and since; validated in tests against the classes of 1.9.0-dev. */
export const OCSF_VERSION = '1.5.0';

/** https://schema.ocsf.io, attribute severity_id; our levels bear its names. */
export const SEVERITY_ID: { readonly [L in Level]: number } = {
  info: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};

const SEVERITY_NAME: { readonly [L in Level]: string } = {
  info: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};

export interface OcsfClass {
  readonly category_uid: number;
  readonly category_name: string;
  readonly class_uid: number;
  readonly class_name: string;
}

export const API_ACTIVITY: OcsfClass = {
  category_uid: 6,
  category_name: 'Application Activity',
  class_uid: 6003,
  class_name: 'API Activity',
};

export const AUTHENTICATION: OcsfClass = {
  category_uid: 3,
  category_name: 'Identity & Access Management',
  class_uid: 3002,
  class_name: 'Authentication',
};

export const DETECTION_FINDING: OcsfClass = {
  category_uid: 2,
  category_name: 'Findings',
  class_uid: 2004,
  class_name: 'Detection Finding',
};

/** Ids are those of the class. */
export interface Activity {
  readonly id: number;
  readonly name: string;
}

export const OTHER_ACTIVITY: Activity = { id: 99, name: 'Other' };

/** What every event has, whatever its class. */
export function baseEvent(
  entry: ForwardEntry,
  ocsfClass: OcsfClass,
  activity: Activity,
  parts: { readonly uid: string; readonly level: Level; readonly message: string },
): JsonRecord {
  return {
    ...ocsfClass,
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: ocsfClass.class_uid * 100 + activity.id,
    type_name: `${ocsfClass.class_name}: ${activity.name}`,
    severity_id: SEVERITY_ID[parts.level],
    severity: SEVERITY_NAME[parts.level],
    time: entry.recordedAt.getTime(),
    timezone_offset: 0,
    message: parts.message,
    metadata: {
      version: OCSF_VERSION,
      uid: parts.uid,
      sequence: entry.sequence,
      event_code: entry.code,
      log_name: 'audit',
      correlation_uid: entry.requestId,
      product: { name: 'VectorVue gateway', vendor_name: 'Nyxera', version: VERSION },
      ...(entry.tenantId === null ? {} : { tenant_uid: entry.tenantId }),
    },
    unmapped: unmapped(entry),
  };
}

/** What OCSF has no member for. */
function unmapped(entry: ForwardEntry): JsonRecord {
  return {
    audit_class: entry.class,
    action: entry.action,
    level: entry.level,
    operator_id: entry.operatorId,
    subject: entry.subject,
    kid: entry.kid,
    peer_sha256: entry.peerSha256,
    evidence_sha256: entry.evidenceSha256,
    leaf_hash: entry.id,
  };
}

export const SUCCESS = { status_id: 1, status: 'Success' } as const;
export const FAILURE = { status_id: 2, status: 'Failure' } as const;
