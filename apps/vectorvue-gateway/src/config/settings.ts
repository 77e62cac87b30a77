import type { ConfigFault } from './gateway-config.ts';

const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off']);

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads variables one by one and collects every fault, so that an operator sees all of them at once.
 * An empty or blank value is the same as an absent one. Problems describe what was expected and never
 * quote what was found: it may be a secret that was put under the wrong name.
 */
export class Settings {
  readonly faults: ConfigFault[] = [];
  readonly warnings: string[] = [];
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  fault(variable: string, problem: string, code?: ConfigFault['code']): void {
    this.faults.push(code === undefined ? { variable, problem } : { variable, problem, code });
  }

  /** Trimmed; null where absent or blank. */
  text(name: string): string | null {
    const value = this.#variables[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  required(name: string, what: string): string | null {
    const value = this.text(name);
    if (value === null) this.fault(name, `is required: ${what}`);
    return value;
  }

  /** Decimal integer without sign or leading zeros. */
  integer(name: string, bounds: { default: number; min: number; max: number }): number {
    const value = this.text(name);
    if (value === null) return bounds.default;
    const number = /^(0|[1-9][0-9]{0,14})$/.test(value) ? Number(value) : Number.NaN;
    if (number >= bounds.min && number <= bounds.max) return number;
    this.fault(name, `must be a whole number from ${bounds.min} to ${bounds.max}`);
    return bounds.default;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (TRUE_WORDS.has(value)) return true;
    if (FALSE_WORDS.has(value)) return false;
    this.fault(name, 'must be one of 1, true, yes, on, 0, false, no, off');
    return fallback;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.text(name);
    if (value === null) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    this.fault(name, `must be one of ${choices.join(', ')}`);
    return fallback;
  }
}
