import { createHash } from 'node:crypto';
import type { OutgoingRecord } from './entry.ts';
import type { HttpSettings } from './settings.ts';
import { writeJson } from './write-json.ts';

export interface HttpBody {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** Of the content: the same records are the same message, however often it is sent. 32 hex digits. */
  readonly id: string;
}

/** What is sent for some records, by the shape of the destination. */
export function toHttpBody(
  settings: HttpSettings,
  hostname: string,
  records: readonly OutgoingRecord[],
): HttpBody {
  const id = createHash('sha256')
    .update(records.map((record) => record.id).join('\n'))
    .digest('hex')
    .slice(0, 32);
  const body = (contentType: string, text: string): HttpBody => ({
    contentType,
    bytes: Buffer.from(text, 'ascii'),
    id,
  });
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
  switch (settings.shape) {
    case 'webhook':
      return body(
        'application/json',
        writeJson({
          id,
          source: 'vectorvue-gateway',
          destination: settings.name,
          format: settings.format,
          records: records.map((record) => record.json),
        }),
      );
    case 'ndjson':
      return body('application/x-ndjson', lines(records.map((record) => writeJson(record.json))));
    case 'hec':
      return body('application/json', lines(records.map((record) => toHecEvent(settings, hostname, record))));
  }
}

/** Splunk's HTTP event collector takes events one behind the other. `fields` are indexed: there the id can be told. */
function toHecEvent(settings: HttpSettings, hostname: string, record: OutgoingRecord): string {
  const { hec } = settings;
  const { entry } = record;
  return writeJson({
    time: entry.recordedAt.getTime() / 1000,
    host: hec?.host ?? hostname,
    source: hec?.source ?? 'vectorvue-gateway',
    sourcetype: hec?.sourcetype ?? (settings.format === 'ocsf' ? 'ocsf:json' : 'vectorvue:audit'),
    ...(hec?.index === undefined ? {} : { index: hec.index }),
    event: record.json,
    fields: { vectorvue_id: record.id, vectorvue_code: entry.code, vectorvue_level: entry.level },
  });
}
