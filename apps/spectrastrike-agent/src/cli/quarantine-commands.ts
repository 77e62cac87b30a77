import { createSpool } from '../spool/spool.ts';
import type { QuarantinedEvent, QuarantineSelection } from '../spool/types.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, type Options, optionCount, optionText } from './command.ts';
import { facts, type JsonLike, table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { counted, instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

const SELECTION = [
  { flags: '--all', description: 'everything in quarantine' },
  { flags: '--code <code>', description: 'everything that was refused with this code' },
] as const;

export const quarantineList: CommandSpec = {
  name: 'list',
  summary: 'List what the gateway refused for good, with its code',
  options: [{ flags: '--limit <count>', description: 'at most so many', default: '100', type: 'count' }],
  examples: ['quarantine list', 'quarantine list --json'],
  run: async (context, _args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const events = createSpool(state, context).quarantined({ limit: optionCount(options, 'limit', 100) });
      return {
        blocks: [
          table(
            ['seq', 'event', 'code', 'attempts', 'since', 'tenant', 'detail'],
            events.map((one) => [
              String(one.seq),
              one.eventId,
              one.code,
              String(one.attempts),
              instant(one.quarantinedAtMs),
              one.tenantId,
              one.detail,
            ]),
          ),
        ],
        json: [{ quarantined: events.map(eventJson) }],
        exitCode: events.length === 0 ? EXIT_OK : EXIT_UNFINISHED,
      };
    }),
};

export const quarantineShow: CommandSpec = {
  name: 'show',
  arguments: '<seq>',
  summary: 'Show one quarantined event with its payload',
  examples: ['quarantine show 17'],
  run: async (context, args) =>
    withState(context, await stateConfig(context), (state) => {
      const event = createSpool(state, context).showQuarantined(sequenceOf(args[0] ?? ''));
      if (event === null) throw new CliFault(EXIT_FAULT, `nothing in quarantine has the number ${args[0]}`);
      return {
        blocks: [
          facts(
            ['seq', String(event.seq)],
            ['event', event.eventId],
            ['code', event.code],
            ['detail', event.detail],
            ['attempts', String(event.attempts)],
            ['spooled', instant(event.spooledAtMs)],
            ['quarantined', instant(event.quarantinedAtMs)],
            ['lane', `${event.gateway} ${event.operatorId} ${event.tenantId}`],
            ['payload', event.payload],
          ),
        ],
        // The payload as text: as a JSON value its large numbers would be bent by whoever parses the line.
        json: [{ ...eventJson(event), payload: event.payload }],
        exitCode: EXIT_OK,
      };
    }),
};

export const quarantineRetry: CommandSpec = {
  name: 'retry',
  arguments: '[event...]',
  summary: 'Make quarantined events pending again; the next send or drain delivers them',
  options: SELECTION,
  examples: ['quarantine retry 17 18', 'quarantine retry --code schema_invalid', 'quarantine retry --all'],
  run: async (context, args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const count = createSpool(state, context).retryQuarantined(selectionOf(args, options));
      return changed(count, 'retried', `${counted(count, 'event')} pending again.`);
    }),
};

export const quarantineDrop: CommandSpec = {
  name: 'drop',
  arguments: '[event...]',
  summary: 'Give quarantined events up, with a reason that goes to the security log',
  options: [...SELECTION, { flags: '--reason <text>', description: 'why', required: true }],
  examples: ['quarantine drop 17 --reason "test data of the lab"'],
  run: async (context, args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const reason = optionText(options, 'reason') ?? '';
      const count = createSpool(state, context).dropQuarantined(selectionOf(args, options), reason);
      return changed(count, 'dropped', `${counted(count, 'event')} dropped.`);
    }),
};

function changed(count: number, member: string, sentence: string) {
  return {
    blocks: [text(sentence)],
    json: [{ [member]: count } as JsonLike],
    exitCode: count === 0 ? EXIT_FAULT : EXIT_OK,
  };
}

/** Numbers are sequence numbers, everything else is an event id; exactly one way of choosing must be used. */
function selectionOf(args: readonly string[], options: Options): QuarantineSelection {
  const code = optionText(options, 'code');
  const ways = [args.length > 0, code !== null, options.all === true].filter(Boolean).length;
  if (ways !== 1) throw new CliFault(EXIT_USAGE, 'name events, or --code, or --all: one of the three');
  if (options.all === true) return 'all';
  if (code !== null) return { code };
  if (args.every((one) => SEQUENCE.test(one))) return { seqs: args.map(Number) };
  return { eventIds: args };
}

const SEQUENCE = /^[1-9][0-9]{0,14}$/;

function sequenceOf(word: string): number {
  if (!SEQUENCE.test(word))
    throw new CliFault(EXIT_USAGE, 'the number of an event is expected (quarantine list shows it)');
  return Number(word);
}

function eventJson(one: QuarantinedEvent) {
  return {
    seq: one.seq,
    event_id: one.eventId,
    code: one.code,
    detail: one.detail,
    attempts: one.attempts,
    gateway: one.gateway,
    operator_id: one.operatorId,
    tenant_id: one.tenantId,
    spooled_at_ms: one.spooledAtMs,
    quarantined_at_ms: one.quarantinedAtMs,
  };
}
