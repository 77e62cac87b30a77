import { isJsonObject, type JsonObject } from '@nyxera/federation-protocol';
import { inferred, sarifDefault } from '../attack/defaults.ts';
import { namedTechniques } from '../attack/named-techniques.ts';
import { array, member, object, present, text } from '../json/members.ts';
import { readJsonDocument } from '../json/read-records.ts';
import { earliest, isRfc3339, isZeroTime, observedAt } from '../time.ts';
import type { Adapter, Fault, IntakeItem, Observation, ReadContext, Reading, Report } from '../types.ts';
import { assetOf, locationDetails } from './sarif-location.ts';
import { classificationWords, cwesOf, messageOf, ruleOf } from './sarif-rule.ts';
import { severityOfResult } from './sarif-severity.ts';

/**
 * SARIF 2.1.0, one observation for each result of each run. The document is one JSON value, so it is taken or
 * refused as a whole; a result that is no object is one fault.
 */
export const sarifAdapter: Adapter = {
  format: 'sarif',
  detect: ({ kind, members }) => kind === 'json' && members.has('runs'),
  read,
};

function read(report: Report, context: ReadContext): Reading {
  const document = readJsonDocument(report.bytes);
  if (!document.ok) {
    return { startedAt: null, items: [document] };
  }
  const log = document.value;
  if (!isJsonObject(log) || !Array.isArray(member(log, 'runs'))) {
    return refused({ where: 'runs', expected: 'a SARIF log: an object with an array "runs"' });
  }
  if (member(log, 'version') !== '2.1.0') {
    return refused({ where: 'version', expected: '"2.1.0"; nothing was taken' });
  }
  const items: IntakeItem[] = [];
  const starts: string[] = [];
  for (const [index, run] of array(log, 'runs').entries()) {
    const start = takeRun(run, `runs[${index}]`, items, context);
    if (start !== null) {
      starts.push(start);
    }
  }
  for (const [index, external] of array(log, 'inlineExternalProperties').entries()) {
    if (isJsonObject(external) && array(external, 'results').length > 0) {
      const expected = 'results inside their run; externalized results are not read';
      items.push({ ok: false, fault: { where: `inlineExternalProperties[${index}]`, expected } });
    }
  }
  return { startedAt: earliest(starts), items };
}

function refused(fault: Fault): Reading {
  return { startedAt: null, items: [{ ok: false, fault }] };
}

/** @returns when the run began (or ended), if it says so with an offset. */
function takeRun(run: unknown, where: string, items: IntakeItem[], context: ReadContext): string | null {
  const asRun = run as JsonObject;
  if (!isJsonObject(asRun)) {
    items.push({ ok: false, fault: { where, expected: 'a SARIF run: an object' } });
    return null;
  }
  const results = member(asRun, 'results');
  if (results !== undefined && results !== null && !Array.isArray(results)) {
    items.push({ ok: false, fault: { where: `${where}.results`, expected: 'an array, null or nothing' } });
    return null;
  }
  if (member(object(asRun, 'externalPropertyFileReferences'), 'results') !== undefined) {
    const expected = 'results inside the run; those in other files are not read';
    items.push({ ok: false, fault: { where: `${where}.externalPropertyFileReferences`, expected } });
  }
  const time = timesOf(asRun);
  for (const [index, result] of array(asRun, 'results').entries()) {
    const at = `${where}.results[${index}]`;
    items.push(
      isJsonObject(result)
        ? { ok: true, observation: take(asRun, result, items.length, at, time.observed, context) }
        : { ok: false, fault: { where: at, expected: 'a SARIF result: an object' } },
    );
  }
  return time.started;
}

/** SARIF has times only on invocations: the end dates the results, the start dates the execution. */
function timesOf(run: JsonObject): { started: string | null; observed: string | null } {
  const read = (name: string): string[] =>
    array(run, 'invocations').flatMap((invocation) => {
      const time = isJsonObject(invocation) ? text(invocation, name) : undefined;
      return time !== undefined && isRfc3339(time) && !isZeroTime(time) ? [time] : [];
    });
  const starts = read('startTimeUtc');
  const ends = read('endTimeUtc');
  return { started: earliest(starts) ?? earliest(ends), observed: ends.at(-1) ?? earliest(starts) };
}

function take(
  run: JsonObject,
  result: JsonObject,
  ordinal: number,
  where: string,
  time: string | null,
  context: ReadContext,
): Observation {
  const driver = object(object(run, 'tool'), 'driver');
  const rule = ruleOf(run, result);
  const cwes = cwesOf(result, rule);
  const named = namedTechniques(classificationWords(result, rule));
  const message = messageOf(result, rule);
  return {
    ...assetOf(run, result),
    ...severityOfResult(result, rule),
    ...observedAt(time, context.recordedAt),
    ordinal,
    where,
    eventType: 'sarif.result',
    sourceSystem: sourceName(text(driver, 'name')),
    techniques: named.length > 0 ? named : inferred(sarifDefault(cwes)),
    ...(message === undefined ? {} : { description: message }),
    status: statusOf(result),
    details: present({
      tool: text(driver, 'name'),
      tool_version: text(driver, 'semanticVersion', 'version'),
      rule_id: text(result, 'ruleId') ?? text(object(result, 'rule'), 'id') ?? text(rule, 'id'),
      rule_name: text(rule, 'name'),
      rule_help_uri: text(rule, 'helpUri'),
      rule_summary: text(object(rule, 'shortDescription'), 'text'),
      rule_tags: member(object(rule, 'properties'), 'tags'),
      level: text(result, 'level'),
      kind: text(result, 'kind'),
      rank: member(result, 'rank'),
      baseline_state: text(result, 'baselineState'),
      cwe: cwes.length === 0 ? undefined : cwes.map((cwe) => `CWE-${cwe}`),
      ...locationDetails(run, result),
      fingerprints: object(result, 'fingerprints'),
      partial_fingerprints: object(result, 'partialFingerprints'),
      suppressions: member(result, 'suppressions'),
      guid: text(result, 'guid'),
      properties: object(result, 'properties'),
    }),
  };
}

/** The tool's name in the charset of `source_system` (PROTOCOL.md section 7), lower-cased; "sarif" if none is left. */
function sourceName(name: string | undefined): string {
  const slug = (name ?? '')
    .slice(0, 256)
    .toLowerCase()
    .replace(/[^a-z0-9._:-]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug === '' ? 'sarif' : slug.slice(0, 64);
}

/** SARIF section 3.27.23 and 3.35: a suppression counts unless it is under review or rejected. */
function statusOf(result: JsonObject): string {
  const suppressed = array(result, 'suppressions').some((suppression) => {
    const status = isJsonObject(suppression) ? (text(suppression, 'status') ?? 'accepted') : 'rejected';
    return status === 'accepted';
  });
  return suppressed ? 'suppressed' : text(result, 'baselineState') === 'absent' ? 'absent' : 'reported';
}
