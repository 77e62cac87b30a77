import { parseReceipt } from '../receipts/receipt.ts';
import { pageOfReceipts } from '../receipts/receipt-store.ts';
import {
  type ReceiptSummary,
  type ReceiptsVerified,
  type VerifyOptions,
  verifyReceiptOf,
  verifyReceipts,
} from '../receipts/verify-receipts.ts';
import type { WitnessParts } from '../witness/witness-gateway.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionFilter } from './command.ts';
import { type CommandResult, facts, text } from './command-result.ts';
import { withGateway } from './connect-gateway.ts';
import { countProgress } from './count-progress.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { instant } from './format.ts';
import { gatewayConfig, withState } from './with-state.ts';
import { withWitness } from './with-witness.ts';
import { exitCodeOf, witnessJson } from './witness-pull.ts';

/** `receipts verify`: is everything that the gateway acknowledged in its log, and is it in the log that was witnessed? */
export const receiptsVerify: CommandSpec = {
  name: 'verify',
  summary:
    'Confirm that what the gateway acknowledged is in its witnessed log; by default what was not confirmed before',
  options: [
    { flags: '--all', description: 'also those that were confirmed before, against the log as it is now' },
    { flags: '--event <id>', description: 'one event only, and open its entry' },
  ],
  examples: ['receipts verify', 'receipts verify --all', 'receipts verify --event fnd-2031 --json'],
  run: async (context, _args, options) => {
    const eventId = optionFilter(options, 'event');
    if (eventId !== undefined && options.all === true) {
      throw new CliFault(EXIT_USAGE, '--all and --event exclude each other');
    }
    const config = await gatewayConfig(context);
    const selection = {
      gateway: config.gatewayUrl,
      eventId,
      unverifiedOnly: options.all !== true && eventId === undefined,
    };
    const progress = countProgress(context, options.json === true, 'receipts');
    const verifying: VerifyOptions = { selection, onProgress: progress.update, signal: context.signal };
    return withState(context, config, (state) =>
      withGateway(context, config, (connection) =>
        withWitness(context, config, state, connection, async (parts) => {
          try {
            const verified =
              eventId === undefined
                ? await verifyReceipts(parts, verifying)
                : await verifyEvent(parts, verifying, eventId);
            return resultOf(verified, context.signal.aborted);
          } finally {
            progress.stop();
          }
        }),
      ),
    );
  },
};

/** Several operators or tenants may have sent an event of this id: then tiles confirm them together. */
function verifyEvent(
  parts: WitnessParts,
  options: VerifyOptions,
  eventId: string,
): Promise<ReceiptsVerified> {
  const { state } = parts;
  const found = state.read(() => pageOfReceipts(state.db, options.selection, 0, 2));
  const [only] = found;
  if (only === undefined) {
    throw new CliFault(EXIT_FAULT, `no delivered event ${eventId} of this gateway has a receipt`);
  }
  return found.length === 1 ? verifyReceiptOf(parts, only, options) : verifyReceipts(parts, options);
}

function resultOf(verified: ReceiptsVerified, aborted: boolean): CommandResult {
  if (!verified.ok) {
    const { code, detail } = verified.witnessed;
    return {
      blocks: [text(`Nothing was verified: ${code}: ${detail}`)],
      json: [{ ok: false, code, detail, witness: witnessJson(verified.witnessed) }],
      exitCode: exitCodeOf(verified.witnessed),
    };
  }
  const { summary, witnessed } = verified;
  const { size, failed, pending, fault, firstFailure: first, opened } = summary;
  const sequence =
    first?.delivered.receipt == null ? null : (parseReceipt(first.delivered.receipt)?.sequence ?? null);
  return {
    blocks: [
      facts(
        ['verified', `${summary.verified} at size ${size}`],
        ['pending', describePending(summary)],
        ['failed', String(failed)],
        ...(opened ? [['opened', 'the entry is that of this event'] as const] : []),
      ),
      ...(first === null
        ? []
        : [
            text(`First failure: ${first.delivered.eventId}: ${first.finding.code}: ${first.finding.detail}`),
          ]),
      ...(fault === null ? [] : [text(`Stopped: ${fault.code}: ${fault.detail}`)]),
    ],
    json: [
      {
        ok: failed === 0 && pending === 0 && fault === null && !aborted,
        size,
        verified: summary.verified,
        pending,
        oldest_pending_ms: summary.oldestPendingMs,
        failed,
        opened,
        first_failure:
          first === null
            ? null
            : {
                event_id: first.delivered.eventId,
                sequence,
                code: first.finding.code,
                detail: first.finding.detail,
              },
        code: fault?.code ?? null,
        detail: fault?.detail ?? null,
        witness: witnessJson(witnessed),
      },
    ],
    exitCode: failed > 0 ? EXIT_FAULT : pending > 0 || fault !== null || aborted ? EXIT_UNFINISHED : EXIT_OK,
  };
}

function describePending({ pending, oldestPendingMs }: ReceiptSummary): string {
  return pending === 0
    ? '0'
    : `${pending}: not in a signed tree yet, the oldest delivered at ${instant(oldestPendingMs)}`;
}
