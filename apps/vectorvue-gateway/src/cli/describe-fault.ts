import { StoreError } from '../store/store-error.ts';
import { CommandRefused, RemoteFault } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CommandSocketError } from './socket-file.ts';

export interface DescribedFault {
  readonly code: string;
  /** For the operator. Never a connection string, a stack or a value that was passed to the database. */
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** What a command failed with, as a code, a sentence and an exit code. */
export function describeFault(fault: unknown): DescribedFault {
  if (fault instanceof CommandRefused)
    return { code: fault.code, message: fault.message, exitCode: EXIT.refused };
  if (fault instanceof RemoteFault) return { code: fault.code, message: fault.message, exitCode: EXIT.fault };
  if (fault instanceof StoreError) return { code: fault.code, message: fault.message, exitCode: EXIT.fault };
  if (fault instanceof CommandSocketError)
    return { code: fault.code, message: fault.message, exitCode: EXIT.fault };
  const code = errorCode(fault);
  if (code === '42501') {
    return {
      code: 'privilege_missing',
      message: 'the database login may not do this (SQLSTATE 42501); see infra/postgres/README.md',
      exitCode: EXIT.fault,
    };
  }
  if (code !== null && /^[0-9A-Z]{5}$/.test(code)) {
    return {
      code: 'database_error',
      message: `the database refused a statement (SQLSTATE ${code})`,
      exitCode: EXIT.fault,
    };
  }
  const name = fault instanceof Error ? fault.message : 'unknown fault';
  return { code: 'internal_error', message: `internal fault: ${name}`, exitCode: EXIT.fault };
}

function errorCode(fault: unknown): string | null {
  if (typeof fault !== 'object' || fault === null || !('code' in fault)) return null;
  return typeof fault.code === 'string' ? fault.code : null;
}
