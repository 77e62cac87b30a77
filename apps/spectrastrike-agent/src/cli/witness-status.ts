import { listContacts } from '../witness/contact-store.ts';
import { type AuditFork, listForks } from '../witness/fork-store.ts';
import { rememberedLogs } from '../witness/witness-store.ts';
import type { CommandSpec } from './command.ts';
import { type Block, table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

/** `witness status`: what is remembered, and the evidence of every fork. Needs no key and no gateway. */
export const witnessStatus: CommandSpec = {
  name: 'status',
  summary: 'Show the logs that were witnessed, and both checkpoints of every fork',
  examples: ['witness status', 'witness status --json > evidence.json'],
  run: async (context) =>
    withState(context, await stateConfig(context), (state) => {
      const { logs, contacts, forks } = state.read(() => ({
        logs: rememberedLogs(state.db),
        contacts: listContacts(state.db),
        forks: listForks(state.db),
      }));
      const standing = forks.filter((one) => one.clearedAtMs === null);
      return {
        blocks: [
          table(
            ['log', 'gateway', 'entries', 'root', 'seen', 'cosigned up to'],
            logs.map((one) => [
              one.origin,
              one.gateway,
              String(one.size),
              base64(one.root),
              instant(one.seenAtMs),
              one.cosignedSize === null ? '-' : String(one.cosignedSize),
            ]),
          ),
          table(
            ['gateway', 'last contact', 'outcome', 'code', 'detail'],
            contacts.map((one) => [one.gateway, instant(one.atMs), one.outcome, one.code ?? '-', one.detail]),
          ),
          ...forks.flatMap(forkBlocks),
        ],
        json: [
          {
            logs: logs.map((one) => ({
              log: one.origin,
              gateway: one.gateway,
              size: one.size,
              root: base64(one.root),
              note: one.note,
              first_seen_ms: one.firstSeenMs,
              seen_at_ms: one.seenAtMs,
              cosigned_size: one.cosignedSize,
            })),
            contacts: contacts.map((one) => ({
              gateway: one.gateway,
              at_ms: one.atMs,
              outcome: one.outcome,
              code: one.code,
              detail: one.detail,
            })),
            forks: forks.map((one) => ({
              id: one.id,
              log: one.origin,
              gateway: one.gateway,
              code: one.code,
              detail: one.detail,
              remembered: one.rememberedNote,
              offered: one.offeredNote,
              proof: one.proof === null ? null : JSON.parse(one.proof),
              log_keys: one.logKeys,
              detected_at_ms: one.detectedAtMs,
              cleared_at_ms: one.clearedAtMs,
              cleared_reason: one.clearedReason,
            })),
          },
        ],
        exitCode: standing.length > 0 ? EXIT_FAULT : EXIT_OK,
      };
    }),
};

function forkBlocks(fork: AuditFork): readonly Block[] {
  const state =
    fork.clearedAtMs === null
      ? 'ALERT: it stands, and no feedback of this gateway is applied'
      : `cleared at ${instant(fork.clearedAtMs)}: ${fork.clearedReason}`;
  return [
    text(
      `\nFork ${fork.id} of ${fork.origin} at ${fork.gateway}, found at ${instant(fork.detectedAtMs)} (${state})\n${fork.code}: ${fork.detail}`,
    ),
    text(`\nRemembered:\n${fork.rememberedNote}\nOffered:\n${fork.offeredNote}`),
  ];
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
