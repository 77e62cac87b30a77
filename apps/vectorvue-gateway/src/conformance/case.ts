import { ERROR_CODES, type WireErrorCode } from '@nyxera/federation-protocol';
import type { Answered, Lab, Prepared } from './lab.ts';

/** What a case came to. `expected` and `got` are for humans. */
export type Finding =
  | { readonly result: 'passed' }
  | { readonly result: 'failed'; readonly expected: string; readonly got: string }
  /** Why it could not be tried against this target. */
  | { readonly result: 'skipped'; readonly reason: string };

/** One thing that every gateway of the protocol does, tried over the wire. */
export interface Case {
  /** Stable: `replay.same-bytes`. */
  readonly id: string;
  /** Of PROTOCOL.md. */
  readonly section: string;
  readonly about: string;
  /** The codes that it proves when it passes. */
  readonly proves: readonly WireErrorCode[];
  readonly run: (lab: Lab) => Promise<Finding>;
}

type Make = (lab: Lab) => Promise<Prepared>;

export const PASSED: Finding = { result: 'passed' };

export function skipped(reason: string): Finding {
  return { result: 'skipped', reason };
}

export function failed(expected: string, got: string): Finding {
  return { result: 'failed', expected, got };
}

/** Refused with that code and the status of the table. */
export function refusal(id: string, section: string, about: string, code: WireErrorCode, make: Make): Case {
  return {
    id,
    section,
    about,
    proves: [code],
    run: async (lab) => judgeRefusal(lab, await lab.send(await make(lab)), [code]),
  };
}

/** Accepted with that status; `check` says in words what is wrong with the answer, or null. */
export function acceptance(
  id: string,
  section: string,
  about: string,
  status: 200 | 202,
  make: Make,
  check: (answer: Answered, lab: Lab) => string | null = () => null,
): Case {
  return {
    id,
    section,
    about,
    proves: [],
    run: async (lab) =>
      judgeAcceptance(await lab.send(await make(lab)), status, (answer) => check(answer, lab)),
  };
}

export function judgeRefusal(lab: Lab, answer: Answered, codes: readonly WireErrorCode[]): Finding {
  const statuses = new Set(codes.map((code) => ERROR_CODES[code].httpStatus));
  const right = statuses.has(answer.status) && (lab.statusOnly || codes.some((code) => code === answer.code));
  return right
    ? PASSED
    : failed(codes.map((code) => `${ERROR_CODES[code].httpStatus} ${code}`).join(' or '), got(answer));
}

export function judgeAcceptance(
  answer: Answered,
  status: number,
  check: (answer: Answered) => string | null,
): Finding {
  if (answer.status !== status) return failed(String(status), got(answer));
  const wrong = check(answer);
  return wrong === null ? PASSED : failed(wrong, `${got(answer)} ${answer.text.slice(0, 200)}`);
}

export function got(answer: Answered): string {
  return answer.code === null ? String(answer.status) : `${answer.status} ${answer.code}`;
}

/** A member of an answer; undefined where it is not there. */
export function member(answer: Answered, name: string): unknown {
  const { json } = answer;
  return typeof json === 'object' && json !== null
    ? (json as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** One step after the other, until one does not pass. */
export async function inTurn(...steps: readonly (() => Promise<Finding>)[]): Promise<Finding> {
  for (const step of steps) {
    const finding = await step();
    if (finding.result !== 'passed') return finding;
  }
  return PASSED;
}

/** Sends it, and wants it accepted; `check` as in `acceptance`. */
export async function wantsAccepted(
  lab: Lab,
  prepared: Prepared | Promise<Prepared>,
  check: (answer: Answered) => string | null = () => null,
): Promise<Finding> {
  return judgeAcceptance(await lab.send(await prepared), 202, check);
}

/** Sends it, and wants that refusal. */
export async function wantsRefused(
  lab: Lab,
  prepared: Prepared | Promise<Prepared>,
  code: WireErrorCode,
): Promise<Finding> {
  return judgeRefusal(lab, await lab.send(await prepared), [code]);
}
