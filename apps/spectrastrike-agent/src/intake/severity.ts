import type { Severity } from './types.ts';

/** Words that tools use, lower-cased. What is not here is not guessed. */
export const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  info: 'info',
  informational: 'info',
  information: 'info',
  none: 'info',
  negligible: 'info',
  low: 'low',
  minor: 'low',
  medium: 'medium',
  moderate: 'medium',
  high: 'high',
  important: 'high',
  critical: 'critical',
};

/** SARIF 2.1.0 section 3.27.10. A tool's "error" is what it wants fixed, not what ends a company: high. */
export const SARIF_LEVELS: Readonly<Record<string, Severity>> = {
  none: 'info',
  note: 'low',
  warning: 'medium',
  error: 'high',
};

/** OCSF severity_id. 6 is "Fatal"; 0 (unknown) and 99 (other) say nothing. */
export const OCSF_SEVERITIES: Readonly<Record<number, Severity>> = {
  1: 'info',
  2: 'low',
  3: 'medium',
  4: 'high',
  5: 'critical',
  6: 'critical',
};

/** Suricata's classification priority, which goes downwards; beyond 4 nothing more is said. */
export const SURICATA_SEVERITIES: Readonly<Record<number, Severity>> = {
  1: 'high',
  2: 'medium',
  3: 'low',
  4: 'info',
};

export function severityOfWord(word: string): Severity | null {
  const key = word.trim().toLowerCase();
  return Object.hasOwn(SEVERITY_WORDS, key) ? (SEVERITY_WORDS[key] ?? null) : null;
}

/** CVSS v3 qualitative scale, 0..10; null for what is no score. */
export function severityOfScore(score: number): Severity | null {
  if (!Number.isFinite(score) || score < 0 || score > 10) {
    return null;
  }
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score > 0 ? 'low' : 'info';
}

/** A score written as text ("7.5"); null for a word or anything longer than a score is. */
export function scoreOf(text: string): number | null {
  return /^[0-9]{1,2}(?:\.[0-9]{1,4})?$/.test(text.trim()) ? Number(text) : null;
}
