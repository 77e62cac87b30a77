import { createHash } from 'node:crypto';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import { type Asset, hostAsset, UNKNOWN_ASSET, urlAsset } from '../asset.ts';
import { present } from '../json/members.ts';
import type { Mapping } from '../mapping/load-mapping.ts';
import { mapTechniques } from '../mapping/map-technique.ts';
import { mapTime } from '../mapping/map-time.ts';
import type { MappingFile } from '../mapping/mapping-schema.ts';
import { RepeatCounter } from '../mapping/repeat-counter.ts';
import { at, holds, scalar, select } from '../mapping/select.ts';
import { type JsonReportRecord, readJsonReport } from '../read-json-report.ts';
import { sourceName } from '../source-name.ts';
import type { Adapter, IntakeItem, ReadContext, Severity } from '../types.ts';

/**
 * Any JSON lines (or an array), by a mapping: which member says what. It is never guessed from the content which
 * mapping fits, so it is chosen by whoever sends the report.
 */
export function jsonlAdapter(mapping: Mapping): Adapter {
  return {
    format: 'jsonl',
    detect: () => false,
    read: (source, context) => {
      const repeats = new RepeatCounter();
      return readJsonReport(source, {
        what: `a record of ${mapping.file.name}`,
        start: 'first',
        take: (record) => take(record, mapping, repeats, context),
      });
    },
  };
}

function take(
  { value, ordinal, where, line }: JsonReportRecord,
  mapping: Mapping,
  repeats: RepeatCounter,
  context: ReadContext,
): IntakeItem {
  const { file } = mapping;
  const skip = file.skip?.find(({ when }) => holds(value, when));
  if (skip !== undefined) return { ok: null, skipped: `${file.name}: ${skip.reason}` };
  const eventType = select(value, file.event_type);
  if (eventType === undefined) return refused(where, `what event_type of ${file.name} is made of`);
  const time = mapTime(value, file.time);
  const ownKey = file.event_id === undefined ? undefined : keyOf(value, file.event_id, repeats, ordinal);
  if (ownKey === null) return refused(where, `what event_id of ${file.name} is made of`);
  if (ownKey !== undefined && time === null) {
    // Its id says that it is the same wherever it stands; the time of reading would make it another one each time.
    return refused(where, `a time that ${file.name} can read, since its event_id is its own`);
  }
  const number = line ?? ordinal + 1;
  const description = file.description === undefined ? undefined : select(value, file.description);
  const identity = identityOf(value, file);
  return {
    ok: true,
    observation: {
      ...assetOf(value, file),
      ...severityOf(value, file),
      ...mapTechniques(value, number, mapping),
      observedAt: time?.at ?? context.recordedAt,
      observedAtBasis: time === null ? 'recorded' : 'report',
      assumed: time?.assumed ?? {},
      ordinal,
      where,
      eventType: sourceName(eventType, 'jsonl.record'),
      sourceSystem: sourceName(select(value, file.source_system), 'jsonl'),
      status: (file.status === undefined ? undefined : select(value, file.status)) ?? 'reported',
      ...(description === undefined ? {} : { description }),
      ...(ownKey === undefined ? {} : { ownKey }),
      details: present({
        mapping: file.name,
        // Where it stands is no part of what it is.
        line: ownKey === undefined ? number : undefined,
        identity,
        record: keptOf(value, file),
      }),
    },
  };
}

function refused(where: string, expected: string): IntakeItem {
  return { ok: false, fault: { where, expected } };
}

function severityOf(record: JsonObject, file: MappingFile): { severity: Severity; severityBasis: string } {
  const { from, table, otherwise } = file.severity;
  const word = select(record, from);
  const severity = word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
  return severity === undefined
    ? { severity: otherwise, severityBasis: `${file.name}: not in its table` }
    : { severity, severityBasis: `${file.name}: its table` };
}

function assetOf(record: JsonObject, { asset }: MappingFile): Asset {
  const name = select(record, 'host' in asset ? asset.host : 'url' in asset ? asset.url : asset.ref);
  if (name === undefined) return UNKNOWN_ASSET;
  if ('host' in asset) return hostAsset(name);
  if ('url' in asset) return urlAsset(name) ?? hostAsset(name);
  return { assetRef: name, targetUrn: `urn:target:${asset.kind}:${name}` };
}

function identityOf(record: JsonObject, file: MappingFile): JsonObject | undefined {
  const members = Object.entries(file.identity ?? {}).map(([name, selector]) => [
    name,
    select(record, selector),
  ]);
  const found = members.filter(([, text]) => text !== undefined);
  return found.length === 0 ? undefined : (Object.fromEntries(found) as JsonObject);
}

function keptOf(record: JsonObject, { keep, drop }: MappingFile): JsonObject {
  if (keep === undefined && drop === undefined) return record;
  const entries = Object.entries(record).filter(
    ([name]) => (keep === undefined || keep.includes(name)) && drop?.includes(name) !== true,
  );
  return Object.fromEntries(entries);
}

/**
 * What makes the record itself, wherever it stands: the members that the mapping names, all of its content, and the how
 * manieth of its kind it is in the report. Null where there is nothing to make it of.
 */
function keyOf(
  record: JsonObject,
  rule: NonNullable<MappingFile['event_id']>,
  repeats: RepeatCounter,
  ordinal: number,
): string | null {
  const fields = rule.fields.map((path) => scalar(at(record, path)) ?? null);
  if (!rule.content && fields.every((one) => one === null)) return null;
  const content = rule.content ? sha256(canonicalizeCompat(record)).toString('hex') : null;
  const key = canonicalizeCompat({ content, fields });
  if (rule.repeats === 'same') return key;
  const number = repeats.next(sha256(key)) ?? `at ${ordinal}`;
  return canonicalizeCompat({ content, fields, number });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
