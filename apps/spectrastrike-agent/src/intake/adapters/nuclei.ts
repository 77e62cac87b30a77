import type { JsonObject, JsonValue } from '@nyxera/federation-protocol';
import { type Asset, hostAsset, hostPortAsset, UNKNOWN_ASSET, urlAsset } from '../asset.ts';
import { inferred, nucleiDefault } from '../attack/defaults.ts';
import { namedTechniques } from '../attack/named-techniques.ts';
import { member, number, object, present, text, words } from '../json/members.ts';
import { readJsonReport } from '../read-json-report.ts';
import { scoreOf, severityOfScore, severityOfWord } from '../severity.ts';
import { observedAt } from '../time.ts';
import type {
  Adapter,
  IntakeItem,
  Observation,
  ReadContext,
  Reading,
  ReportSource,
  Severity,
} from '../types.ts';

/**
 * nuclei's JSON lines (`-jsonl`), JSON array (`-json-export`) or single object, in both schema generations:
 * `templateID`/`matched`/`matcher_name` of 2021 and `template-id`/`matched-at`/`matcher-name` since. An empty
 * file is what nuclei leaves when it found nothing: no event, no fault.
 */
export const nucleiAdapter: Adapter = {
  format: 'nuclei',
  detect: ({ kind, members, emptyArray }) =>
    kind === 'empty' || emptyArray || members.has('template-id') || members.has('templateID'),
  read,
};

function read(source: ReportSource, context: ReadContext): Reading {
  return readJsonReport(source, {
    what: 'a nuclei finding',
    start: 'earliest',
    take: ({ value, ordinal, where }) => take(value, ordinal, where, context),
  });
}

function take(record: JsonObject, ordinal: number, where: string, context: ReadContext): IntakeItem {
  const template = text(record, 'template-id', 'templateID');
  const info = object(record, 'info');
  if (template === undefined || info === undefined) {
    return {
      ok: false,
      fault: { where, expected: 'a nuclei finding: template-id (or templateID) and info' },
    };
  }
  const classification = object(info, 'classification');
  const type = text(record, 'type') ?? 'unknown';
  const tags = words(info, 'tags');
  const named = namedTechniques([...tags, ...words(classification, 'mitre-attack')]);
  const hasCve = words(classification, 'cve-id').length > 0 || /^cve-[0-9]{4}-/i.test(template);
  const lowered = new Set(tags.map((tag) => tag.toLowerCase()));
  const matcher = text(record, 'matcher-name', 'matcher_name');
  const observation: Observation = {
    ...assetOf(record),
    ...severityOf(info, classification),
    ...observedAt(text(record, 'timestamp'), context.recordedAt),
    ordinal,
    where,
    eventType: /^[a-z]{1,32}$/.test(type) ? `nuclei.${type}` : 'nuclei.unknown',
    sourceSystem: 'nuclei',
    techniques: named.length > 0 ? named : inferred(nucleiDefault(lowered, type, hasCve)),
    description: describe(info, template, matcher),
    status: member(record, 'matcher-status') === false ? 'not-matched' : 'matched',
    details: detailsOf(record, info, classification, template),
  };
  return { ok: true, observation };
}

function describe(info: JsonObject, template: string, matcher: string | undefined): string {
  const title = `${text(info, 'name') ?? template}${matcher === undefined ? '' : ` (${matcher})`}`;
  const body = text(info, 'description')?.trim();
  return body === undefined ? title : `${title}. ${body}`;
}

/** "unknown" and what is not a severity word fall back to the CVSS score, then to info, and say so. */
function severityOf(
  info: JsonObject,
  classification: JsonObject | undefined,
): { severity: Severity; severityBasis: string } {
  const word = text(info, 'severity');
  const stated = word === undefined ? null : severityOfWord(word);
  if (stated !== null) {
    return { severity: stated, severityBasis: 'info.severity' };
  }
  const written = number(classification, 'cvss-score') ?? scoreOf(text(classification, 'cvss-score') ?? '');
  const scored = typeof written === 'number' ? severityOfScore(written) : null;
  return scored === null
    ? { severity: 'info', severityBasis: 'the report states no known severity' }
    : { severity: scored, severityBasis: 'info.classification.cvss-score' };
}

/**
 * One target per origin for what has a URL, else per host. `matched-at` comes first: it is what was hit, while
 * `host` is what was asked for (`https://x` for a finding on `x:3306`).
 */
function assetOf(record: JsonObject): Asset {
  for (const candidate of [
    text(record, 'matched-at', 'matched'),
    text(record, 'host'),
    text(record, 'url'),
  ]) {
    if (candidate !== undefined) {
      const asset = urlAsset(candidate) ?? hostPortAsset(candidate);
      if (asset !== UNKNOWN_ASSET) {
        return asset;
      }
    }
  }
  return hostAsset(text(record, 'ip') ?? '');
}

/** Both generations end under one name; what is a whole HTTP exchange is bounded later, by `bound.ts`. */
function detailsOf(
  record: JsonObject,
  info: JsonObject,
  classification: JsonObject | undefined,
  template: string,
): JsonObject {
  return present({
    template_id: template,
    template_path: text(record, 'template-path', 'template'),
    template_url: text(record, 'template-url'),
    name: text(info, 'name'),
    author: member(info, 'author') ?? undefined,
    tags: listOf(info, 'tags'),
    reference: member(info, 'reference') ?? undefined,
    remediation: text(info, 'remediation'),
    impact: text(info, 'impact'),
    severity: text(info, 'severity'),
    classification,
    metadata: object(info, 'metadata'),
    type: text(record, 'type'),
    host: text(record, 'host'),
    ip: text(record, 'ip'),
    port: text(record, 'port') ?? number(record, 'port'),
    url: text(record, 'url'),
    matched_at: text(record, 'matched-at', 'matched'),
    matcher_name: text(record, 'matcher-name', 'matcher_name'),
    extractor_name: text(record, 'extractor-name', 'extractor_name'),
    matcher_status: member(record, 'matcher-status'),
    extracted_results: member(record, 'extracted-results') ?? member(record, 'extracted_results'),
    matched_line: member(record, 'matched-line') ?? undefined,
    meta: member(record, 'meta'),
    interaction: object(record, 'interaction'),
    timestamp: text(record, 'timestamp'),
    request: text(record, 'request'),
    response: text(record, 'response'),
    curl_command: text(record, 'curl-command'),
  });
}

function listOf(info: JsonObject, name: string): JsonValue | undefined {
  const list = words(info, name);
  return list.length === 0 ? undefined : [...list];
}
