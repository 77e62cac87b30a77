import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import type { ForwardEntry, OutgoingRecord } from '../../forward/entry.ts';
import { FORWARD_VARIABLE } from '../../forward/load-settings.ts';
import { openSender } from '../../forward/open-sender.ts';
import type { DestinationSettings } from '../../forward/settings.ts';
import { toEntryRecord } from '../../forward/to-entry-record.ts';
import { toOcsf } from '../../forward/to-ocsf.ts';
import { done } from '../answer.ts';
import { CommandRefused, type CommandResult } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';
import { describeTarget, readDestinations } from './read-destinations.ts';

/** `forward test`: one record, marked as a test, the whole way to a destination. Needs no store and moves no cursor. */
export function registerForwardTest(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'forward test', {
    arguments: '<destination>',
    summary: 'send a destination one record that says it is a test, and wait until it is delivered',
    example: 'forward test siem',
    notes:
      'The record has the code forward_test and no place in the log. The filter is not asked. For a file, another one is made beside it and removed.',
  }).action(async (name: string, options) => {
    const destination = readDestinations(io).find((candidate) => candidate.name === name);
    if (destination === undefined) {
      throw new CommandRefused(
        'forward_unknown',
        `${FORWARD_VARIABLE} has no such destination; see "forward list"`,
      );
    }
    report(await deliverTest(io, destination), options);
  });
}

async function deliverTest(io: CliIo, configured: DestinationSettings): Promise<CommandResult> {
  const destination = besides(configured);
  const opened = await openSender(destination, { hostname: hostname(), now: () => io.now() });
  if (!opened.ok) {
    throw new ConfigurationFaults(
      opened.problems.map(({ member, problem }) => ({
        variable: FORWARD_VARIABLE,
        problem: `${destination.name}.${member}: ${problem}`,
      })),
    );
  }
  const { sender } = opened;
  try {
    const [record] = testRecords(io, destination);
    if (record === undefined) throw new Error('no record was made');
    const sent = await sender.send([record]);
    const delivered = sent.ok ? await sender.confirm() : sent;
    const target = describeTarget(configured);
    if (delivered.ok)
      return done(`${target} has it: ${record.id}`, { destination: destination.name, id: record.id });
    const { code, detail } = delivered;
    return {
      json: { ok: false, destination: destination.name, code, detail },
      lines: [`${target} does not have it: ${code} (${detail})`],
      exitCode: EXIT.fault,
    };
  } finally {
    await sender.close();
    if (destination.type === 'file') rmSync(destination.path, { force: true });
  }
}

/** A running gateway may be writing to the file of this destination; what is tested is that one can be made beside it. */
function besides(destination: DestinationSettings): DestinationSettings {
  if (destination.type !== 'file') return destination;
  return { ...destination, path: `${destination.path}.test-${randomBytes(6).toString('hex')}` };
}

function testRecords(io: CliIo, destination: DestinationSettings): readonly OutgoingRecord[] {
  const entry: ForwardEntry = {
    sequence: 0,
    id: `test-${randomBytes(16).toString('hex')}`,
    requestId: uuidv7(),
    recordedAt: new Date(io.now()),
    class: 'administration',
    code: 'forward_test',
    level: 'low',
    action: 'forward.test',
    actor: io.actor,
    tenantId: null,
    operatorId: null,
    subject: destination.name,
    kid: null,
    peerSha256: null,
    clientAddress: null,
    evidenceSha256: null,
    text: '',
  };
  return destination.format === 'entry' ? [toEntryRecord(entry)] : toOcsf(entry, null);
}
