import type { FaultKind } from './fault-kind.ts';
import { agentKill9 } from './faults/agent-kill9.ts';
import { certificateSwap } from './faults/certificate-swap.ts';
import { clockJumps } from './faults/clock-jumps.ts';
import { cutAfter, cutBefore, cutBeforeResponse, cutDuring } from './faults/connection-faults.ts';
import { crowd, handshakenCrowd } from './faults/crowd-faults.ts';
import { databaseDropsAnswer, databaseRefuses, databaseSlow } from './faults/database-faults.ts';
import { databaseFull } from './faults/database-full.ts';
import { gatewayKill9, postgresKill9, postgresRestart } from './faults/process-faults.ts';
import { replayEverything } from './faults/replay-everything.ts';
import { slowReader } from './faults/slow-reader.ts';
import { twoGateways } from './faults/two-gateways.ts';
import { workerKill9 } from './faults/worker-kill9.ts';

const CROWD = 10_000;
/** Below what one peer may have (VV_TG_MAX_CONNECTIONS_PER_PEER). */
const HANDSHAKES = 1_500;

/** Every kind, the cheap ones first, so that a run that is stopped early has seen as many as it could. */
export const KINDS: readonly FaultKind[] = [
  cutBefore,
  cutDuring,
  cutBeforeResponse,
  cutAfter,
  replayEverything,
  twoGateways,
  slowReader,
  databaseDropsAnswer,
  databaseSlow,
  databaseRefuses,
  certificateSwap,
  clockJumps,
  databaseFull,
  gatewayKill9,
  workerKill9,
  postgresRestart,
  postgresKill9,
  agentKill9,
  handshakenCrowd(HANDSHAKES),
  crowd(CROWD),
];
