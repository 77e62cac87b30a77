import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';

const STRACE = '/usr/bin/strace';
const CHILD = fileURLToPath(new URL('../support/enqueue-child.ts', import.meta.url));
const ACKNOWLEDGEMENTS = 5;

const tracedTest = existsSync(STRACE) ? test : test.skip;

/**
 * The kernel's own account of a real process: after the last write of a transaction to the write-ahead log comes its
 * fsync, and only then the acknowledgement. (It does not show what the disk does with an fsync.)
 */
tracedTest('system calls: the fsync of the spool precedes the acknowledgement [needs strace]', () => {
  const data = temporaryDirectory('strace');
  const trace = join(data.path, 'trace');
  const run = spawnSync(
    STRACE,
    [
      ...['-f', '-y', '-s', '64', '-e', 'trace=write,writev,pwrite64,pwritev,fsync,fdatasync', '-o', trace],
      ...[process.execPath, CHILD, join(data.path, 'state'), 'c', String(ACKNOWLEDGEMENTS)],
    ],
    { encoding: 'utf8', timeout: 50_000 },
  );
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  const lines = readFileSync(trace, 'utf8').split('\n');
  data.remove();
  let written = 0;
  let synced = false;
  let acknowledged = 0;
  for (const line of lines) {
    if (line.includes('agent.db-wal') && /\bp?write(v|64)?\(/.test(line)) {
      written += 1;
      synced = false;
    } else if (line.includes('agent.db-wal') && /\b(fsync|fdatasync)\(/.test(line)) {
      expect(line).toMatch(/= 0$/);
      synced = true;
    } else if (line.includes('"ack ')) {
      acknowledged += 1;
      expect({ acknowledged, written: written > 0, synced }).toEqual({
        acknowledged,
        written: true,
        synced: true,
      });
      written = 0;
      synced = false;
    }
  }
  expect(acknowledged).toBe(ACKNOWLEDGEMENTS);
});
