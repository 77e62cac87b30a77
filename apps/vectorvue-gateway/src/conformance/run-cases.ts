import { ERROR_CODES, isWireErrorCode, type WireErrorCode } from '@nyxera/federation-protocol';
import { BATCH_CASES } from './batch-cases.ts';
import { BODY_CASES } from './body-cases.ts';
import { BOUNDARY_CASES } from './boundary-cases.ts';
import type { Case, Finding } from './case.ts';
import { FEEDBACK_CASES } from './feedback-cases.ts';
import { FRAME_CASES } from './frame-cases.ts';
import type { Lab } from './lab.ts';
import { vectorCases } from './vector-cases.ts';

export interface JudgedCase extends Pick<Case, 'id' | 'section' | 'about' | 'proves'> {
  readonly finding: Finding;
  readonly milliseconds: number;
}

/** All cases, in the order in which they run. */
export function allCases(): readonly Case[] {
  return [
    ...FRAME_CASES,
    ...BODY_CASES,
    ...BOUNDARY_CASES,
    ...FEEDBACK_CASES,
    ...BATCH_CASES,
    ...vectorCases(),
  ];
}

/**
 * One after the other, so that what is refused for its rate can be told from what is refused for its content. A target that
 * does not answer is a failed case, not a fault of the run. `onCase` is told of each as it is done.
 */
export async function runCases(
  lab: Lab,
  cases: readonly Case[],
  elapsed: () => number,
  onCase: (judged: JudgedCase) => void = () => undefined,
): Promise<readonly JudgedCase[]> {
  const judged: JudgedCase[] = [];
  for (const { id, section, about, proves, run } of cases) {
    const startedAt = elapsed();
    const finding = await run(lab).catch(
      (fault: unknown): Finding => ({
        result: 'failed',
        expected: 'an answer',
        got: fault instanceof Error ? fault.message : 'a fault',
      }),
    );
    const done = { id, section, about, proves, finding, milliseconds: Math.round(elapsed() - startedAt) };
    judged.push(done);
    onCase(done);
  }
  return judged;
}

/** Codes of the wire that no case of this kind can bring about, and why. */
export const OUT_OF_REACH: Readonly<Partial<Record<WireErrorCode, string>>> = {
  service_unavailable: 'the store of the target would have to be away',
  internal_error: 'a fault of the target itself',
  rate_limited: 'would take a flood of requests',
};

/** Codes that no passed case has proven. */
export function unproven(
  judged: readonly JudgedCase[],
): readonly { readonly code: string; readonly reason: string }[] {
  const proven = new Set(
    judged.flatMap(({ finding, proves }) => (finding.result === 'passed' ? proves : [])),
  );
  return Object.keys(ERROR_CODES)
    .filter(isWireErrorCode)
    .filter((code) => !proven.has(code))
    .map((code) => ({ code, reason: OUT_OF_REACH[code] ?? reasonOf(code, judged) }));
}

function reasonOf(code: WireErrorCode, judged: readonly JudgedCase[]): string {
  const [tried] = judged.filter(({ proves }) => proves.includes(code));
  if (tried === undefined) return 'no case';
  return tried.finding.result === 'skipped' ? tried.finding.reason : `${tried.id} failed`;
}
