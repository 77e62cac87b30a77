import type { JsonObject } from '@nyxera/federation-protocol';
import { inferred } from '../attack/defaults.ts';
import { ocsfDefault } from '../attack/sensor-defaults.ts';
import { member, number, object, present, text } from '../json/members.ts';
import { readJsonReport } from '../read-json-report.ts';
import { sourceName } from '../source-name.ts';
import type { Adapter, IntakeItem, ReadContext, Reading, ReportSource } from '../types.ts';
import { assetOf, identityOf, traitsOf } from './ocsf-asset.ts';
import { severityOf, statusOf } from './ocsf-severity.ts';
import { namedByOcsf } from './ocsf-techniques.ts';
import { timeOf } from './ocsf-time.ts';

/** OCSF class_uid -> type of the event. 2001 is of 1.0.0-rc.2 to 1.0, 2004 what came after it. */
const CLASSES: Readonly<Record<number, string>> = {
  2001: 'ocsf.security-finding',
  2004: 'ocsf.detection-finding',
};

/**
 * OCSF findings: Security Finding (2001, as AWS Security Hub writes it) and Detection Finding (2004, Prowler), as an
 * array, as lines or alone. The whole record becomes the details, within the bounds.
 */
export const ocsfAdapter: Adapter = {
  format: 'ocsf',
  detect: ({ kind, members }) =>
    kind === 'json' &&
    members.has('class_uid') &&
    ['finding', 'finding_info', 'category_uid', 'metadata', 'type_uid'].some((name) => members.has(name)),
  read,
};

function read(source: ReportSource, context: ReadContext): Reading {
  return readJsonReport(source, {
    what: 'an OCSF finding',
    start: 'first',
    take: ({ value, ordinal, where }) => take(value, ordinal, where, context),
  });
}

function take(record: JsonObject, ordinal: number, where: string, context: ReadContext): IntakeItem {
  const classUid = number(record, 'class_uid') ?? 0;
  const eventType = Object.hasOwn(CLASSES, classUid) ? CLASSES[classUid] : undefined;
  if (eventType === undefined) {
    const expected = 'class_uid 2001 (Security Finding) or 2004 (Detection Finding)';
    return { ok: false, fault: { where, expected } };
  }
  const finding = object(record, 'finding_info') ?? object(record, 'finding');
  if (finding === undefined) {
    return { ok: false, fault: { where, expected: 'an OCSF finding: finding_info (or finding)' } };
  }
  const time = timeOf(record, finding);
  const { techniques, tactics } = namedByOcsf(record, finding);
  const product = object(object(record, 'metadata'), 'product');
  const identity = identityOf(record);
  return {
    ok: true,
    observation: {
      ...assetOf(record),
      ...severityOf(record),
      observedAt: time?.at ?? context.recordedAt,
      observedAtBasis: time === null ? 'recorded' : 'report',
      assumed: time?.assumed ?? {},
      ordinal,
      where,
      eventType,
      sourceSystem: sourceName(text(product, 'name', 'uid'), 'ocsf'),
      techniques: techniques.length > 0 ? techniques : inferred(ocsfDefault(traitsOf(record))),
      tactics,
      description: describe(record, finding),
      status: statusOf(record),
      details: present({ ...record, identity: identity ?? member(record, 'identity') }),
    },
  };
}

function describe(record: JsonObject, finding: JsonObject): string {
  const title = text(finding, 'title') ?? 'a finding without title';
  const detail = text(record, 'status_detail', 'message') ?? text(finding, 'desc');
  return detail === undefined || detail === title ? title : `${title}. ${detail}`;
}
