import { resolve } from 'node:path';
import { openSigner } from '@nyxera/federation-key-custody';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { LARGEST_FEEDBACK_INPUT } from '../../config/check-signer.ts';
import { loadStoreSettings } from '../../config.ts';
import { makeFeedbackKey } from '../../key-rotation/make-key-file.ts';
import { orderRotation, scheduleRotation } from '../../key-rotation/order-rotation.ts';
import { type MadeKey, type RotationStanding, standingOf } from '../../key-rotation/rotate.ts';
import {
  GENERAL,
  latestRotation,
  listSchedules,
  type RotationRow,
  type RotationScope,
  type ScheduleRow,
} from '../../key-rotation/rotation-rows.ts';
import { refuse } from '../../trust/trust-change.ts';
import { authorOf, changed, dateCell } from '../answer.ts';
import { type CommandContext, type CommandResult, storeCommand } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand, given, requireTenantForm } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { absolute } from './key-generate.ts';

const DAY = 86_400;
const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: DAY };
const seconds = z
  .number()
  .int()
  .min(60)
  .max(3650 * DAY);

const input = z.strictObject({
  dataDir: z.string().min(1).max(4096),
  tenant: z.string().max(64).optional(),
  overlap: seconds.default(7 * DAY),
  confirmWithin: seconds.default(3 * DAY),
  schedule: z.union([seconds, z.literal('off')]).optional(),
  signer: z.string().min(1).max(4096).optional(),
  force: z.boolean().optional(),
  again: z.boolean().optional(),
  status: z.boolean().optional(),
  reason: z.string().max(1024).optional(),
});
type Request = z.infer<typeof input>;

export const keyRotate = storeCommand({
  name: 'key rotate',
  input,
  register: (program, submit, io) => {
    defineCommand(program, 'key rotate', {
      summary:
        'replace a feedback key: agents confirm the next one before it signs; goes on where it stopped',
      example: 'key rotate --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --overlap 7d',
      notes:
        'prepare (a new key, pending) -> publish (agents load and confirm it with their next exchange of keys) -> activate (it signs; the old one is retiring) -> retire (the old one has ended). Exit code 2 until it signs: run it again to go on. Agents that never exchanged keys get theirs by file (key export); while nobody else confirms, say --force. A schedule is carried out by the running gateways, one at a time.',
    })
      .addOption(
        new Option('--purpose <purpose>', 'what the key is for').choices(['feedback']).default('feedback'),
      )
      .option('--tenant <id>', 'the key of this tenant (default: the general one)')
      .option('--overlap <time>', 'how long agents still take the old key: 12h, 7d (default 7d)', duration)
      .option(
        '--confirm-within <time>',
        'after this an unconfirmed rotation is an alert (default 3d)',
        duration,
      )
      .option('--schedule <time>', 'rotate by itself this often, for example 90d; off: no more', scheduleOf)
      .option('--signer <uri>', 'the next private key exists already: file: or another URI of a custodian')
      .option('--force', 'activate although an agent has not confirmed: it will refuse what the key signs')
      .option('--again', 'begin another one although the last has not come to its end')
      .option('--status', 'only show where it stands')
      .option('--reason <text>', 'why; goes to the audit log')
      .action(({ purpose: _, ...options }) => {
        const store = loadStoreSettings(io.environment);
        if (!store.ok) throw new ConfigurationFaults(store.faults);
        // Whoever carries it out may stand in another directory.
        const dataDir = resolve(store.value.dataDir);
        const signer = options.signer === undefined ? {} : { signer: absolute(options.signer) };
        return submit('key rotate', { dataDir, ...given(options), ...signer }, options);
      });
  },
  run: async (context, request) => {
    const scope = request.tenant === undefined ? GENERAL : requireTenantForm(request.tenant);
    if (request.status !== true) {
      const author = authorOf(context, request.reason);
      const { overlap: overlapSeconds, confirmWithin: confirmSeconds, schedule: every } = request;
      const terms = { scope, overlapSeconds, confirmSeconds };
      changed(
        every === undefined
          ? await orderRotation(context.db, author, {
              ...terms,
              force: request.force === true,
              again: request.again === true,
              makeKey: () => nextKey(request),
            })
          : await scheduleRotation(context.db, author, { ...terms, every, random: Math.random }),
      );
    }
    const looks = request.status === true || request.schedule !== undefined;
    return report(context, scope, looks ? 'look' : 'rotate');
  },
});

async function nextKey({ signer, dataDir }: Request): Promise<MadeKey> {
  if (signer === undefined) {
    return makeFeedbackKey(dataDir).catch(() =>
      refuse('key_file', `no key file can be written in ${dataDir}; nothing was done`),
    );
  }
  const opened = await openSigner(signer, { largestInputBytes: LARGEST_FEEDBACK_INPUT });
  if (!opened.ok) return refuse('key_invalid', opened.detail);
  try {
    const health = await opened.value.health();
    if (!health.ok) return refuse('key_invalid', `the signer does not sign: ${health.reason}`);
    return { key: await opened.value.publicKey(), uri: signer };
  } finally {
    await opened.value.close();
  }
}

async function report(
  context: CommandContext,
  scope: RotationScope,
  asked: 'rotate' | 'look',
): Promise<CommandResult> {
  const rotation = await latestRotation(context.db, scope);
  const schedule = (await listSchedules(context.db)).find((row) => row.tenant_id === scope) ?? null;
  const standing = rotation === null ? null : await standingOf(context.db, rotation, new Date(context.now()));
  const waits = rotation?.state === 'published';
  return {
    json: {
      ok: !waits,
      tenant: scope === GENERAL ? null : scope,
      rotation: standing === null ? null : standingJson(standing),
      schedule:
        schedule === null
          ? null
          : { every_seconds: schedule.every_seconds, next_at: schedule.next_at.toISOString() },
    },
    table: {
      head: ['agent', 'tenant', 'new key'],
      rows: [
        ...(standing?.peers ?? []).map((peer) => [
          peer.identity,
          peer.tenant_id,
          peer.confirmed ? 'confirmed' : 'not yet',
        ]),
        ...(waits ? (standing?.silent ?? []) : []).map((identity) => [
          identity,
          '-',
          'unknown: give it the key by file',
        ]),
      ],
    },
    lines: [...describe(rotation), ...describeSchedule(schedule)],
    // As of the agent's: done is when the key signs. Who only looks, or sets a schedule, is done by then.
    exitCode: waits && asked === 'rotate' ? EXIT.refused : EXIT.ok,
  };
}

function standingJson({ rotation, peers, silent, confirmed }: RotationStanding): CommandResult['json'] {
  return {
    state: rotation.state,
    kid: rotation.new_kid,
    old_kids: rotation.old_kids,
    confirmed,
    forced: rotation.forced,
    peers: peers.map((peer) => ({
      identity: peer.identity,
      tenant_id: peer.tenant_id,
      confirmed: peer.confirmed,
    })),
    unknown: silent,
    retire_at: rotation.retire_at?.toISOString() ?? null,
  };
}

function describe(rotation: RotationRow | null): readonly string[] {
  if (rotation === null) return ['no rotation yet'];
  const { new_kid: kid, old_kids: old, retire_at: end } = rotation;
  switch (rotation.state) {
    case 'prepared':
      return [`${kid} is prepared; run key rotate again to publish it`];
    case 'published':
      return [
        `${kid} is published and does not sign yet: agents confirm it with their next exchange of keys; run key rotate again`,
      ];
    case 'active':
      return [
        old.length === 0 ? `${kid} signs` : `${kid} signs; ${old.join(', ')} is taken until ${dateCell(end)}`,
      ];
    case 'retired':
      return [old.length === 0 ? `${kid} signs` : `${kid} signs; ${old.join(', ')} has ended`];
    case 'abandoned':
      return [`${kid} was revoked before it signed; key rotate begins anew`];
  }
}

function describeSchedule(schedule: ScheduleRow | null): readonly string[] {
  return schedule === null
    ? []
    : [`scheduled every ${schedule.every_seconds / DAY} days, next at ${schedule.next_at.toISOString()}`];
}

/** `45m`, `12h`, `7d`, in seconds. */
function duration(text: string): number {
  const found = /^([1-9]\d{0,4})([mhd])$/.exec(text);
  const value = Number(found?.[1] ?? 0) * (UNITS[found?.[2] ?? ''] ?? 0);
  if (value < 60 || value > 3650 * DAY) throw new InvalidArgumentError('write a time such as 45m, 12h or 7d');
  return value;
}

function scheduleOf(text: string): number | 'off' {
  return text === 'off' ? 'off' : duration(text);
}
