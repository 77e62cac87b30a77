import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { type IntentInput, verifyIntentChain } from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { openState } from '../../src/state/open-state.ts';

const CHILD = fileURLToPath(new URL('../support/enqueue-child.ts', import.meta.url));
const ROUNDS = 8;

/** Runs the child until it has acknowledged `after` events, then kills it with signal 9 at whatever it is doing. */
function killAfter(dataDir: string, prefix: string, group: number, after: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, dataDir, prefix, '100000', String(group)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > after) child.kill('SIGKILL');
    });
    child.on('error', reject);
    // Only whole lines are acknowledgements.
    child.on('close', () =>
      resolve(
        said
          .split('\n')
          .slice(0, -1)
          .map((line) => line.slice('ack '.length)),
      ),
    );
  });
}

test('kill -9 at any moment: every acknowledged event is there once, the chain has no gap', async () => {
  const data = temporaryDirectory('kill');
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const group = [1, 7, 50, 300][round % 4] ?? 1;
    // Not random: 8 different moments, and the machine's own timing varies them from run to run.
    acknowledged.push(...(await killAfter(data.path, `r${round}-`, group, 1 + round * 37)));
  }
  const state = openState(data.path);
  const rows = state.db.prepare('SELECT event_id, count(*) AS n FROM events GROUP BY event_id').all();
  const stored = new Map(rows.map((row) => [String(row.event_id), Number(row.n)]));
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
  expect(acknowledged.filter((name) => stored.get(`test-${name}`) !== 1)).toEqual([]);
  expect([...stored.values()].every((n) => n === 1)).toBe(true);
  const chain = state.db
    .prepare('SELECT prev, input, intent_hash FROM intents ORDER BY sequence')
    .all()
    .map((row) => ({
      prev: String(row.prev),
      input: JSON.parse(String(row.input)) as IntentInput,
      intent_hash: String(row.intent_hash),
    }));
  expect(verifyIntentChain(chain)).toMatchObject({ ok: true, value: { count: stored.size } });
  expect(state.db.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
  state.close();
  data.remove();
});
