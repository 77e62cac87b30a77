import type { ErrorCode } from '@nyxera/federation-protocol';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFault {
  /** The variable to change. Where one of several names would do, the one that was set, else the first. */
  readonly variable: string;
  /** What is wrong and what is expected. Never the value of a variable that could hold a secret. */
  readonly problem: string;
  readonly code?: ErrorCode;
}

export type ConfigResult<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

export interface Setting {
  readonly variable: string;
  readonly value: string;
}

const TRUE = new Set(['1', 'true', 'yes', 'on']);
const FALSE = new Set(['0', 'false', 'no', 'off']);

/**
 * The values of one environment, and the faults found in them so far. Readers return null where they recorded
 * a fault, so that a loader goes on and reports every fault at once (PROTOCOL.md section 16). A variable that
 * is set to nothing counts as unset: composed environments write `NAME=` for what they leave out.
 */
export class Settings {
  readonly faults: ConfigFault[] = [];
  readonly warnings: string[] = [];
  readonly environment: Environment;
  /** Other routes declare other keys of ours. */
  readonly keysApart: boolean;

  constructor(environment: Environment, keysApart = false) {
    this.environment = environment;
    this.keysApart = keysApart;
  }

  fault(variable: string, problem: string, code?: ErrorCode): null {
    this.faults.push(code === undefined ? { variable, problem } : { variable, problem, code });
    return null;
  }

  /** The first of the names that is set. */
  find(...names: readonly string[]): Setting | null {
    for (const variable of names) {
      const value = this.environment[variable]?.trim();
      if (value !== undefined && value !== '') return { variable, value };
    }
    return null;
  }

  require(...names: readonly [string, ...string[]]): Setting | null {
    const setting = this.find(...names);
    if (setting !== null) return setting;
    const others = names.slice(1);
    return this.fault(names[0], others.length === 0 ? 'is not set' : `is not set (nor ${others.join(', ')})`);
  }

  /** `1 true yes on` and `0 false no off`, any case. */
  boolean(name: string, fallback: boolean): boolean {
    const setting = this.find(name);
    if (setting === null) return fallback;
    const word = setting.value.toLowerCase();
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
    this.fault(name, 'is not one of 1 true yes on 0 false no off');
    return fallback;
  }

  /** Decimal digits only; bounds inclusive. */
  integer(name: string, fallback: number, minimum: number, maximum: number): number {
    const setting = this.find(name);
    if (setting === null) return fallback;
    const value = /^[0-9]{1,12}$/.test(setting.value) ? Number(setting.value) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    this.fault(name, `is not an integer from ${minimum} to ${maximum}`);
    return fallback;
  }

  result<T>(value: T | null): ConfigResult<T> {
    if (this.faults.length === 0 && value !== null) return { ok: true, value, warnings: this.warnings };
    return { ok: false, faults: this.faults };
  }
}
