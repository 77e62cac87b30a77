import { parseReceipt } from '../receipts/receipt.ts';
import { type DeliveredReceipt, listReceipts } from '../receipts/receipt-store.ts';
import { type CommandSpec, optionCount, optionFilter } from './command.ts';
import { table } from './command-result.ts';
import { EXIT_OK } from './exit-codes.ts';
import { instant, shortHash } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

/** `receipts list`: what the gateways said where they recorded what, and what was found there. */
export const receiptsList: CommandSpec = {
  name: 'list',
  summary: 'List delivered events with the receipts that the gateways gave for them, newest first',
  options: [
    { flags: '--event <id>', description: 'one event only' },
    { flags: '--unverified', description: 'only those that were not found in a witnessed log yet' },
    { flags: '--limit <count>', description: 'at most so many', default: '100', type: 'count' },
  ],
  examples: ['receipts list', 'receipts list --unverified --json'],
  run: async (context, _args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const filter = {
        eventId: optionFilter(options, 'event'),
        unverifiedOnly: options.unverified === true,
        limit: optionCount(options, 'limit', 100),
      };
      const found = state.read(() => listReceipts(state.db, filter));
      return {
        blocks: [
          table(
            ['event', 'tenant', 'delivered', 'log', 'sequence', 'leaf hash', 'state'],
            found.map((one) => {
              const receipt = one.receipt === null ? null : parseReceipt(one.receipt);
              return [
                one.eventId,
                one.tenantId,
                instant(one.deliveredAtMs),
                receipt?.log ?? '-',
                receipt === null ? '-' : String(receipt.sequence),
                receipt === null ? '-' : shortHash(Buffer.from(receipt.leafHash).toString('hex')),
                stateOf(one),
              ];
            }),
          ),
        ],
        json: [
          {
            receipts: found.map((one) => {
              const receipt = one.receipt === null ? null : parseReceipt(one.receipt);
              return {
                event_id: one.eventId,
                gateway: one.gateway,
                operator_id: one.operatorId,
                tenant_id: one.tenantId,
                request_id: one.requestId,
                delivered_at_ms: one.deliveredAtMs,
                log: receipt?.log ?? null,
                sequence: receipt?.sequence ?? null,
                leaf_hash: receipt === null ? null : Buffer.from(receipt.leafHash).toString('hex'),
                state: stateName(one),
                verified_size: one.verifiedSize,
                code: one.code,
              };
            }),
          },
        ],
        exitCode: EXIT_OK,
      };
    }),
};

function stateName(one: DeliveredReceipt): 'none' | 'verified' | 'failed' | 'unverified' {
  if (one.receipt === null) return 'none';
  if (one.verifiedSize !== null) return 'verified';
  return one.code === null ? 'unverified' : 'failed';
}

function stateOf(one: DeliveredReceipt): string {
  switch (stateName(one)) {
    case 'none':
      return 'the gateway gave none';
    case 'verified':
      return `verified at size ${one.verifiedSize}`;
    case 'failed':
      return `FAILED: ${one.code}`;
    case 'unverified':
      return 'not verified yet';
  }
}
