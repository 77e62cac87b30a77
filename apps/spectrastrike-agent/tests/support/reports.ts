import { createHash } from 'node:crypto';
import { type RecordedRun, recordRun } from '../../src/attestation/run-store.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { openState } from '../../src/state/open-state.ts';
import type { TakeReportContext } from '../../src/take-report.ts';
import { TENANT } from './events.ts';

/** As the program starts itself (src-bin/): the heap's young generation does not grow. */
export const PROGRAM_FLAGS = [
  '--semi-space-growth-factor=1',
  '--disable-warning=ExperimentalWarning',
] as const;

export const GATEWAY = 'https://gateway.test';

/** A spool in a directory, and what takes reports into it. */
export function reportContext(dataDir: string): TakeReportContext & { close(): void } {
  const state = openState(dataDir);
  const hash = createHash('sha256').update('measured').digest('hex');
  const run: RecordedRun = {
    runId: 'run-1',
    startedAtMs: 0,
    manifestJson: '{}',
    manifestHash: 'mh-1',
    attestationMeasurementHash: hash,
    attestationSynthetic: false,
    toolSha256: null,
    policyDecisionHash: null,
  };
  if (state.db.prepare('SELECT 1 FROM runs').get() === undefined)
    state.transaction(() => recordRun(state.db, run));
  return {
    state,
    spool: createSpool(state, { now: () => 0 }),
    config: { gatewayUrl: GATEWAY, operatorId: 'op-001', tenantId: TENANT, schemaVersion: '1.0' },
    run,
    campaignId: 'campaign-1',
    format: null,
    nowMs: 1_790_000_000_000,
    close: () => state.close(),
  };
}

/** A line of nuclei's; without a time, so that it gets the one at which the report was first seen. */
export function nucleiLine(n: number): string {
  return `${JSON.stringify({ 'template-id': `t-${n}`, info: { name: `Finding ${n}`, severity: 'low' }, host: `h${n % 7}.example` })}\n`;
}
