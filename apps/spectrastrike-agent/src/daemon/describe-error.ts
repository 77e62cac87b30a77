import { errnoCode } from '@nyxera/federation-cli';
import { CliFault } from '../cli/cli-fault.ts';
import { StateFault } from '../state/state-fault.ts';

/** An error for the log and for `status`: a code where it has one, and its sentence. */
export function describeError(error: unknown): { readonly code: string; readonly detail: string } {
  const detail = error instanceof Error ? error.message : 'unknown error';
  if (error instanceof StateFault) return { code: error.code, detail };
  if (error instanceof CliFault) return { code: 'configuration', detail };
  return { code: errnoCode(error) ?? 'internal_error', detail };
}
