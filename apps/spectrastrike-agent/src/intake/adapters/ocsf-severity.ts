import type { JsonObject } from '@nyxera/federation-protocol';
import { number, object, text } from '../json/members.ts';
import { OCSF_SEVERITIES, severityOfWord } from '../severity.ts';
import type { Severity } from '../types.ts';

/** Prowler's `status_code`, and what Security Hub calls `compliance.status`. */
function outcomeOf(record: JsonObject): string | undefined {
  return (text(record, 'status_code') ?? text(object(record, 'compliance'), 'status'))?.toUpperCase();
}

/** Outcomes that are no failure, with the reason that the event gives. */
const NO_FAILURE: Readonly<Record<string, string>> = {
  PASS: 'the check passed',
  PASSED: 'the check passed',
  MANUAL: 'nobody has checked yet',
  NOT_AVAILABLE: 'the check could not be made',
};

/**
 * Every check comes as a finding, also the one that passed, with the severity that its failure would have: such a one
 * is info, or a clean cloud would be a wall of open criticals. Else `severity_id`, else the word.
 */
export function severityOf(record: JsonObject): { severity: Severity; severityBasis: string } {
  const outcome = outcomeOf(record);
  const harmless =
    outcome !== undefined && Object.hasOwn(NO_FAILURE, outcome) ? NO_FAILURE[outcome] : undefined;
  if (harmless !== undefined) return { severity: 'info', severityBasis: `status ${outcome}: ${harmless}` };
  const byId = OCSF_SEVERITIES[number(record, 'severity_id') ?? -1];
  if (byId !== undefined) return { severity: byId, severityBasis: 'severity_id' };
  const byWord = severityOfWord(text(record, 'severity') ?? '');
  return byWord === null
    ? { severity: 'info', severityBasis: 'the finding states no known severity' }
    : { severity: byWord, severityBasis: 'severity' };
}

/** The outcome of the check, else the state of the finding; lower-cased. */
export function statusOf(record: JsonObject): string {
  const status = outcomeOf(record) ?? text(record, 'state', 'status') ?? 'reported';
  return status.slice(0, 64).toLowerCase();
}
