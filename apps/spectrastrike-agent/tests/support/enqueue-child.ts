/**
 * A process to be traced or killed: enqueues events one by one (or in groups) into the data directory and says
 * `ack NAME` on stdout after each enqueue returned. Arguments: data dir, prefix, count, group size.
 */
import { writeSync } from 'node:fs';
import { createSpool } from '../../src/spool/spool.ts';
import { openState } from '../../src/state/open-state.ts';
import { laneOf, newEvent } from './events.ts';

const [dataDir = '', prefix = 'c', count = '3', group = '1'] = process.argv.slice(2);
const spool = createSpool(openState(dataDir), { now: Date.now });
for (let index = 0; index < Number(count); index += Number(group)) {
  const names = Array.from({ length: Number(group) }, (_, offset) => `${prefix}${index + offset}`);
  spool.enqueue(
    laneOf('https://gateway.test'),
    null,
    names.map((name) => newEvent(name)),
  );
  writeSync(1, names.map((name) => `ack ${name}\n`).join(''));
}
