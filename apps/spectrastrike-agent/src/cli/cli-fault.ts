import type { ConfigFault } from '../config.ts';

/**
 * Ends a command with a sentence and an exit code. Thrown by commands for what a person has to mend; anything
 * else that is thrown is a fault of ours and is shown as one.
 */
export class CliFault extends Error {
  readonly exitCode: number;
  readonly faults: readonly ConfigFault[];

  constructor(exitCode: number, message: string, faults: readonly ConfigFault[] = []) {
    super(message);
    this.name = 'CliFault';
    this.exitCode = exitCode;
    this.faults = faults;
  }
}

/** The problem, and the code of PROTOCOL.md section 17 where it has one: scripts look for that. */
export function describeFault(fault: ConfigFault): string {
  return fault.code === undefined ? fault.problem : `${fault.problem} (${fault.code})`;
}
