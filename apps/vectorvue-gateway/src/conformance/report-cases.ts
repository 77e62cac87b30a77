import type { JudgedCase } from './run-cases.ts';

/** Counts, for the closing sentence. */
export function tally(judged: readonly JudgedCase[]): { passed: number; failed: number; skipped: number } {
  const count = (result: JudgedCase['finding']['result']): number =>
    judged.filter(({ finding }) => finding.result === result).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** JUnit XML, which build servers read. One suite, a case each. */
export function toJUnit(target: string, judged: readonly JudgedCase[]): string {
  const { failed, skipped } = tally(judged);
  const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
  const total = judged.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const cases = judged.map(({ id, section, about, finding, milliseconds }) => {
    const open = `  <testcase classname="section ${xml(section)}" name="${xml(`${id}: ${about}`)}" time="${seconds(milliseconds)}"`;
    if (finding.result === 'passed') return `${open}/>`;
    const inner =
      finding.result === 'skipped'
        ? `<skipped message="${xml(finding.reason)}"/>`
        : `<failure message="${xml(`expected ${finding.expected}, got ${finding.got}`)}"/>`;
    return `${open}>${inner}</testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${xml(`nyxera federation conformance of ${target}`)}" tests="${judged.length}" failures="${failed}" skipped="${skipped}" time="${seconds(total)}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

/** What a target answers ends up here, so control characters are taken out: XML has no way to write them. */
function xml(text: string): string {
  return [...text]
    .map(
      (character) =>
        ENTITIES[character] ?? (/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(character) ? '\ufffd' : character),
    )
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
