import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { leafHash } from '../../src/audit/entry.ts';
import { exportEntries } from '../../src/audit/export-entries.ts';
import { readExportLine } from '../../src/audit/export-line.ts';
import { exportPages } from '../../src/cli/local/export-pages.ts';
import type { Ask } from '../../src/cli/program.ts';
import { openSignedLog } from '../audit/signed-log.ts';
import { event, newParty, telemetry } from '../store/requests.ts';
import { countOf } from '../store/stores.ts';
import { describeCommands } from './stores.ts';

const BATCH = 1_000;

describeCommands('audit export', (run, store) => {
  const [ours, theirs] = [newParty(), newParty()];
  const out = temporaryDirectory('export');

  beforeAll(async () => {
    const log = await openSignedLog(store().db);
    await log.appendOld(ours, 10, ['old-1', 'old-2']);
    for (let n = 0; n < 3; n += 1) {
      const items = Array.from({ length: BATCH }, (_, at) => event(`e${n}-${at}`));
      await log.commit([telemetry(ours, items, { endpoint: 'telemetry-batch' })]);
      await log.commit([telemetry(theirs, [event(`their-${n}`)])]);
    }
  });

  const linesOf = (stdout: string) => stdout.trimEnd().split('\n');

  test('a tenant, in order: each entry hashes to its leaf, and none is of another tenant', async () => {
    const { exitCode, stdout, stderr } = await run('audit', 'export', '--tenant', ours.tenantId);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `${3 * BATCH + 2} entries exported\n` });
    const lines = linesOf(stdout).map(readExportLine);
    expect(lines).toHaveLength(3 * BATCH + 2);
    let last = -1;
    for (const line of lines) {
      if (line === null || line.text === null) throw new Error('no line of an export');
      expect(Buffer.from(leafHash(line.text)).equals(line.leafHash)).toBe(true);
      expect(line.entry.actor === theirs.identity).toBe(false);
      expect(line.sequence > last).toBe(true);
      last = line.sequence;
    }
    // Not disclosed: neither the tenant nor what it was about can be read.
    expect(stdout.includes(ours.tenantId) || stdout.includes('old-1') || stdout.includes('salt')).toBe(false);
  });

  test('with --disclose what that tenant committed to, and of nobody else', async () => {
    const { stdout } = await run('audit', 'export', '--tenant', ours.tenantId.toUpperCase(), '--disclose');
    const first = JSON.parse(linesOf(stdout)[0] ?? '');
    expect(first.disclosure).toMatchObject({
      subject: { value: 'old-1' },
      tenant_id: { value: ours.tenantId },
    });
    expect(stdout.includes(theirs.tenantId) || stdout.includes('their-')).toBe(false);
  });

  test.each([
    [['--all-tenants', '--disclose'], 'tenant_required'],
    [[], 'tenant_required'],
    [['--tenant', 'x'], 'tenant_invalid'],
    [['--all-tenants', '--from', 'yesterday'], 'usage'],
    [['--all-tenants', '--format', 'xml'], 'usage'],
  ])('refused: %j', async (args, code) => {
    const finished = await run('audit', 'export', ...args, '--json');
    expect(finished).toMatchObject({ exitCode: 2, json: { error: { code } } });
  });

  test('all tenants: the whole log, without a gap', async () => {
    const { stdout } = await run('audit', 'export', '--all-tenants');
    const size = await countOf(store().db, 'audit_log');
    expect(linesOf(stdout).map((line) => readExportLine(line)?.sequence)).toEqual(
      Array.from({ length: size }, (_, n) => n),
    );
  });

  test('--from is included, --to is not', async () => {
    const at = new Date(Date.now() - 86_400_000).toISOString();
    const scope = ['--tenant', ours.tenantId] as const;
    expect((await run('audit', 'export', ...scope, '--to', at)).stderr).toBe('2 entries exported\n');
    expect((await run('audit', 'export', ...scope, '--from', at)).stderr).toBe(
      `${3 * BATCH} entries exported\n`,
    );
    const [first] = linesOf((await run('audit', 'export', ...scope)).stdout);
    const exact = String(readExportLine(first ?? '')?.entry.recorded_at);
    expect((await run('audit', 'export', ...scope, '--to', exact)).stderr).toBe('0 entries exported\n');
    expect((await run('audit', 'export', ...scope, '--from', exact)).stderr).toBe(
      `${3 * BATCH + 2} entries exported\n`,
    );
  });

  test('as one JSON document, into a file that must not be there yet', async () => {
    const path = join(out.path, `export-${ours.tenantId}.json`);
    const args = ['audit', 'export', '--tenant', ours.tenantId, '--format', 'json', '--out', path, '--json'];
    expect(await run(...args)).toMatchObject({ exitCode: 0, json: { entries: 3 * BATCH + 2 } });
    const document = JSON.parse(readFileSync(path, 'utf8'));
    expect(document).toMatchObject({
      kind: 'nyxera.audit-export',
      tenant: ours.tenantId,
      count: 3 * BATCH + 2,
    });
    expect(document.entries).toHaveLength(3 * BATCH + 2);
    expect(await run(...args)).toMatchObject({ exitCode: 2, json: { error: { code: 'out_file' } } });
    const empty = await run('audit', 'export', '--tenant', newParty().tenantId, '--format', 'json');
    expect(JSON.parse(empty.stdout)).toMatchObject({ entries: [], count: 0 });
  });

  test('as OCSF: an event a line, which names tenant and subject only where they are disclosed', async () => {
    const scope = ['--tenant', ours.tenantId, '--format', 'ocsf'] as const;
    const undisclosed = linesOf((await run('audit', 'export', ...scope)).stdout).map((line) =>
      JSON.parse(line),
    );
    expect(undisclosed).toHaveLength(3 * BATCH + 2);
    expect(new Set(undisclosed.map((one) => one.metadata.uid)).size).toBe(3 * BATCH + 2);
    expect(undisclosed[0]).toMatchObject({
      class_uid: expect.any(Number),
      metadata: { version: expect.any(String) },
    });
    expect(JSON.stringify(undisclosed)).not.toContain(ours.tenantId);
    const { stdout } = await run('audit', 'export', ...scope, '--disclose');
    expect(linesOf(stdout)[0]).toContain('old-1');
    expect(stdout).toContain(ours.tenantId);
    expect(stdout.includes(theirs.tenantId) || stdout.includes('their-')).toBe(false);
  });

  test('a page is bounded, and what is appended meanwhile belongs to the next export', async () => {
    const query = {
      scope: 'all-tenants',
      format: 'jsonl',
      disclose: false,
      from: null,
      to: null,
      after: 0,
      below: null,
    } as const;
    const first = await exportEntries(store().db, query);
    expect(first.lines).toHaveLength(1_000);
    const log = await openSignedLog(store().db);
    await log.appendOld(theirs, 0, ['late']);
    let { next, below } = first;
    let count = first.lines.length;
    while (next !== null) {
      const page = await exportEntries(store().db, { ...query, after: next, below });
      ({ next, below } = page);
      count += page.lines.length;
    }
    expect(count).toBe(first.below);

    const steps: [number, number][] = [];
    const ask: Ask = async (name, input) => {
      expect(name).toBe('audit export-page');
      const page = await exportEntries(store().db, { ...query, ...(input as Partial<typeof query>) });
      return { json: { ...page, lines: [...page.lines] }, lines: [], exitCode: 0 };
    };
    let lines = 0;
    for await (const page of exportPages(ask, { below }, (...step) => steps.push(step))) lines += page.length;
    expect(lines).toBe(below);
    // Forward through the log and to its end, whose size does not move.
    expect(steps).toEqual([...steps].sort(([a], [b]) => a - b));
    expect(steps).toHaveLength(Math.ceil(below / 1_000));
    expect(steps.at(-1)).toEqual([below, below]);
    expect(new Set(steps.map(([, total]) => total))).toEqual(new Set([below]));
  });
});
