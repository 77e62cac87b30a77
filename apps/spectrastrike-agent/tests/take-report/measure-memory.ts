/**
 * Measures the memory that taking a report costs, each in a process of its own, and prints it:
 *   node tests/take-report/measure-memory.ts            the host logs of ../shared/data/bench, through their mapping
 *   node tests/take-report/measure-memory.ts --gib 2    a made-up report of 2 GiB, in lines of 150 KB, the longest real ones
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { sharedPath, temporaryDirectory } from '@nyxera/federation-testing';
import { PROGRAM_FLAGS } from '../support/reports.ts';

const CHILD = fileURLToPath(new URL('../support/take-child.ts', import.meta.url));
const MAPPING = fileURLToPath(new URL('../../mappings/windows-exporter-segments.yaml', import.meta.url));

const { values } = parseArgs({ options: { gib: { type: 'string' } } });
const directory = temporaryDirectory('measure');
const file = join(directory.path, 'report.jsonl');
try {
  const more = values.gib === undefined ? hostLogs(file) : madeUp(file, Number(values.gib));
  const started = performance.now();
  const child = spawnSync(
    process.execPath,
    [...PROGRAM_FLAGS, CHILD, join(directory.path, 'state'), file, ...more],
    { encoding: 'utf8', maxBuffer: 1024 * 1024 * 1024 },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${child.stdout.trim().split('\n').at(-1) ?? ''} in ${seconds} s\n${child.stderr}`);
} finally {
  directory.remove();
}

/** @returns what the child needs beside the file */
function hostLogs(path: string): string[] {
  const bench = sharedPath('data', 'bench');
  if (bench === null) throw new Error('needs ../shared');
  writeFileSync(path, gunzipSync(readFileSync(join(bench, 'host_events_2022_2023.jsonl.gz'))));
  return [MAPPING, bench];
}

function madeUp(path: string, gib: number): string[] {
  const fd = openSync(path, 'w');
  const filler = 'x'.repeat(150_000);
  for (let n = 0; n * filler.length < gib * 1024 ** 3; n++) {
    writeSync(fd, `{"template-id":"t-${n}","info":{"name":"n","severity":"low"},"response":"${filler}"}\n`);
  }
  closeSync(fd);
  return [];
}
