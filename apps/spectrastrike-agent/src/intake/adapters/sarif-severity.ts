import type { JsonObject } from '@nyxera/federation-protocol';
import { number, object, text } from '../json/members.ts';
import { SARIF_LEVELS, scoreOf, severityOfScore, severityOfWord } from '../severity.ts';
import type { Severity } from '../types.ts';

interface Rated {
  readonly severity: Severity;
  readonly severityBasis: string;
}

/**
 * In this order: a result that reports no failure (`kind`, SARIF section 3.27.9) or is absent from this scan is
 * info; `security-severity` of the result, then of its rule, as a number (Grype) or a word (Semgrep); the
 * result's `level`; the rule's default level; "warning" (section 3.27.10).
 */
export function severityOfResult(result: JsonObject, rule: JsonObject | undefined): Rated {
  const kind = text(result, 'kind') ?? 'fail';
  if (kind !== 'fail') {
    return { severity: 'info', severityBasis: 'kind: the result reports no failure' };
  }
  if (text(result, 'baselineState') === 'absent') {
    return { severity: 'info', severityBasis: 'baselineState: absent from this scan' };
  }
  return (
    securitySeverity(object(result, 'properties'), 'security-severity of the result') ??
    securitySeverity(object(rule, 'properties'), 'security-severity of the rule') ??
    level(text(result, 'level'), 'level of the result') ??
    level(text(object(rule, 'defaultConfiguration'), 'level'), 'default level of the rule') ?? {
      severity: 'medium',
      severityBasis: 'no level anywhere: warning (SARIF 2.1.0 section 3.27.10)',
    }
  );
}

function securitySeverity(properties: JsonObject | undefined, severityBasis: string): Rated | null {
  const written = text(properties, 'security-severity') ?? '';
  const score = number(properties, 'security-severity') ?? scoreOf(written);
  const severity = typeof score === 'number' ? severityOfScore(score) : severityOfWord(written);
  return severity === null ? null : { severity, severityBasis };
}

function level(word: string | undefined, severityBasis: string): Rated | null {
  const severity = word !== undefined && Object.hasOwn(SARIF_LEVELS, word) ? SARIF_LEVELS[word] : undefined;
  return severity === undefined ? null : { severity, severityBasis };
}
