import { attestationShow } from './attestation-commands.ts';
import { bundleVerify } from './bundle-verify.ts';
import { certsRenew } from './certs-renew.ts';
import type { CommandSpec } from './command.ts';
import { doctor } from './doctor.ts';
import { feedbackPull } from './feedback-pull.ts';
import { graphBuild } from './graph-build.ts';
import { graphPush } from './graph-push.ts';
import { init } from './init.ts';
import { keyExchange } from './key-exchange.ts';
import { keyExport, keyImport } from './key-files.ts';
import { keyGenerate } from './key-generate.ts';
import { keyList } from './key-list.ts';
import { keyRevoke } from './key-revoke.ts';
import { keyRotate } from './key-rotate.ts';
import { lanesList, lanesProbe } from './lanes-commands.ts';
import { peerAdd } from './peer-add.ts';
import { peerPin, peerUnpin } from './peer-pins.ts';
import { policyEvaluate, policyShow } from './policy-commands.ts';
import { quarantineDrop, quarantineList, quarantineRetry, quarantineShow } from './quarantine-commands.ts';
import { receiptsList } from './receipts-list.ts';
import { receiptsVerify } from './receipts-verify.ts';
import { run } from './run.ts';
import { securityList } from './security-commands.ts';
import { send } from './send.ts';
import { spoolBackup, spoolRestore } from './spool-backup.ts';
import { status } from './status.ts';
import { wake } from './wake.ts';
import { witnessPull } from './witness-pull.ts';
import { witnessReset } from './witness-reset.ts';
import { witnessStatus } from './witness-status.ts';

export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandSpec[];
}

/** Every command, in the order in which a newcomer meets them. */
export const TOP_LEVEL: readonly CommandSpec[] = [init, send, run, status, wake, doctor];

export const GROUPS: readonly CommandGroup[] = [
  { name: 'peer', summary: 'Who the gateway is', commands: [peerAdd, peerPin, peerUnpin] },
  { name: 'certs', summary: 'The client certificate', commands: [certsRenew] },
  {
    name: 'key',
    summary: 'Our keys, and the exchange of keys with gateways',
    commands: [keyGenerate, keyRotate, keyRevoke, keyList, keyExchange, keyExport, keyImport],
  },
  { name: 'graph', summary: 'Execution graphs of what was delivered', commands: [graphBuild, graphPush] },
  { name: 'feedback', summary: 'Signed feedback of the gateway', commands: [feedbackPull] },
  {
    name: 'witness',
    summary: "The gateway's audit log, as this agent has seen it grow",
    commands: [witnessPull, witnessStatus, witnessReset],
  },
  { name: 'policy', summary: 'Decisions over verified feedback', commands: [policyEvaluate, policyShow] },
  {
    name: 'quarantine',
    summary: 'Events that the gateway refused for good',
    commands: [quarantineList, quarantineShow, quarantineRetry, quarantineDrop],
  },
  {
    name: 'receipts',
    summary: 'What the gateway acknowledged, and whether its log has it',
    commands: [receiptsList, receiptsVerify],
  },
  { name: 'lanes', summary: 'Queues by gateway, operator and tenant', commands: [lanesList, lanesProbe] },
  { name: 'spool', summary: 'The spool and state as a file', commands: [spoolBackup, spoolRestore] },
  { name: 'bundle', summary: 'Evidence bundles', commands: [bundleVerify] },
  { name: 'attestation', summary: 'What the agent measured of itself', commands: [attestationShow] },
  { name: 'security', summary: 'What the agent refused', commands: [securityList] },
];
