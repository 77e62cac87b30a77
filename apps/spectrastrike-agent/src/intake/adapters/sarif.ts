import { isJsonObject, type JsonObject, type JsonValue } from '@nyxera/federation-protocol';
import { inferred, sarifDefault } from '../attack/defaults.ts';
import { namedTechniques } from '../attack/named-techniques.ts';
import { array, member, object, present, text } from '../json/members.ts';
import { readJsonDocument } from '../json/read-document.ts';
import { sourceName } from '../source-name.ts';
import { earlier, earliest, isRfc3339, isZeroTime, observedAt } from '../time.ts';
import type {
  Adapter,
  Fault,
  IntakeItem,
  Observation,
  ReadContext,
  Reading,
  ReportSource,
} from '../types.ts';
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

function read(source: ReportSource, context: ReadContext): Reading {
  let startedAt: string | null = null;
  function* items(): Generator<IntakeItem> {
    const document = readJsonDocument(source);
    const log = document.ok ? logOf(document.value) : document;
    if (!log.ok) {
      yield { ok: false, fault: log.fault, fatal: true };
      return;
    }
    const taken: IntakeItem[] = [];
    for (const [index, run] of array(log.value, 'runs').entries()) {
      const start = takeRun(run, `runs[${index}]`, taken, context);
      if (start !== null) startedAt = earlier(startedAt, start);
    }
    for (const [index, external] of array(log.value, 'inlineExternalProperties').entries()) {
      if (isJsonObject(external) && array(external, 'results').length > 0) {
        const expected = 'results inside their run; externalized results are not read';
        taken.push({ ok: false, fault: { where: `inlineExternalProperties[${index}]`, expected } });
      }
    }
    yield* taken;
  }
  return { items: items(), startedAt: () => startedAt, surveyed: () => false };
}

function logOf(value: JsonValue): { ok: true; value: JsonObject } | { ok: false; fault: Fault } {
  if (!isJsonObject(value) || !Array.isArray(member(value, 'runs'))) {
    const expected = 'a SARIF log: an object with an array "runs"';
    return { ok: false, fault: { code: 'report_malformed', where: 'runs', expected } };
  }
  if (member(value, 'version') !== '2.1.0') {
    const expected = '"2.1.0"; nothing was taken';
    return { ok: false, fault: { code: 'report_malformed', where: 'version', expected } };
  }
  return { ok: true, value };
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
    sourceSystem: sourceName(text(driver, 'name'), 'sarif'),
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

/** SARIF section 3.27.23 and 3.35: a suppression counts unless it is under review or rejected. */
function statusOf(result: JsonObject): string {
  const suppressed = array(result, 'suppressions').some((suppression) => {
    const status = isJsonObject(suppression) ? (text(suppression, 'status') ?? 'accepted') : 'rejected';
    return status === 'accepted';
  });
  return suppressed ? 'suppressed' : text(result, 'baselineState') === 'absent' ? 'absent' : 'reported';
}
