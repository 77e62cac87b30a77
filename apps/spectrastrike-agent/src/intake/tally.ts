import { MAX_FAULTS } from './limits.ts';
import type { Fault, IntakeFault } from './types.ts';

/** Counts what became of a report's records, with a bounded list of what is wrong. */
export class Tally {
  readonly #file: string;
  readonly #listed: Fault[] = [];
  readonly #redactions = new Map<string, number>();
  readonly #skipped = new Map<string, number>();
  #refused = 0;

  constructor(file: string) {
    this.#file = file;
  }

  fault(fault: Fault): void {
    this.#refused += 1;
    if (this.#listed.length < MAX_FAULTS) this.#listed.push(fault);
  }

  skip(reason: string): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  redact(redactions: Readonly<Record<string, number>>): void {
    for (const [kind, count] of Object.entries(redactions)) {
      this.#redactions.set(kind, (this.#redactions.get(kind) ?? 0) + count);
    }
  }

  /** All faults, those that are not listed too. */
  get refused(): number {
    return this.#refused;
  }

  get skipped(): Record<string, number> {
    return sorted(this.#skipped);
  }

  get redactions(): Record<string, number> {
    return sorted(this.#redactions);
  }

  get faults(): IntakeFault[] {
    const faults = this.#listed.map((fault) => namedFault(this.#file, fault));
    const left = this.#refused - this.#listed.length;
    if (left > 0) {
      const expected = `${left} more faults are not listed`;
      faults.push({ file: this.#file, code: 'more_faults', where: 'further on', expected });
    }
    return faults;
  }
}

export function namedFault(file: string, fault: Fault): IntakeFault {
  return { file, code: 'record_unusable', ...fault };
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
