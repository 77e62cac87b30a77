/** Something that must not be, and how to see it again. */
export interface Failure {
  readonly suite: string;
  readonly seed: string;
  /** Of the case; null where the run as a whole is at fault. */
  readonly number: number | null;
  /** A closed set of words, one per rule: minimising keeps the kind. */
  readonly kind: string;
  readonly detail: string;
}

export function describeFailure(failure: Failure): string {
  const { suite, seed, number, kind, detail } = failure;
  const replay = number === null ? '' : ` --case ${number}`;
  return `FAIL ${suite} ${kind}: --suite ${suite} --seed ${seed}${replay}\n  ${detail.replaceAll('\n', '\n  ')}`;
}
