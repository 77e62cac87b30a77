import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { canonicalizeCompat, parseStrictJson } from '@nyxera/federation-protocol';
import { checkPayload } from '../../src/intake/check-payload.ts';
import { buildEvents } from '../../src/intake/index.ts';
import { MAX_PAYLOAD_BYTES } from '../../src/intake/limits.ts';
import { CONTEXT } from './context.ts';
import { goldenTable } from './golden-table.ts';
import {
  benchFile,
  fixtureFiles,
  type GoldenRow,
  goldenRow,
  type RealFile,
  sharedFiles,
  sharedPresent,
} from './real-files.ts';

const GOLDEN = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Record<
  string,
  GoldenRow
>;

it('golden-table.md is golden.json, to be read', () => {
  expect(readFileSync(new URL('golden-table.md', import.meta.url), 'utf8')).toBe(goldenTable(GOLDEN));
});

function everyFile(files: readonly RealFile[]): void {
  it.each(files.map((file) => [file.name, file] as const))('%s is what golden.json says', (name, file) => {
    expect(goldenRow(file)).toEqual(GOLDEN[name]);
  });

  it.each(files.map((file) => [file.name, file] as const))(
    '%s: every payload passes the schema, fits a request and survives its own canonical form',
    (_name, file) => {
      for (const { payload } of buildEvents(file, CONTEXT).events) {
        expect(checkPayload(payload, 'here')).toBeNull();
        const text = canonicalizeCompat(payload);
        expect(text.length).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
        expect(parseStrictJson(new TextEncoder().encode(text))).toMatchObject({ ok: true, compat: true });
      }
    },
  );

  it('the same bytes give the same events, whatever the file is called', () => {
    for (const file of files) {
      const again = { name: 'another-name', bytes: new Uint8Array(file.bytes) };
      expect(JSON.stringify(buildEvents(again, CONTEXT).events)).toBe(
        JSON.stringify(buildEvents(file, CONTEXT).events),
      );
    }
  });

  it('no two findings have one event_id', () => {
    const ids = files.flatMap((file) => buildEvents(file, CONTEXT).events.map(({ eventId }) => eventId));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });
}

describe('the committed fixtures', () => everyFile(fixtureFiles()));

if (sharedPresent()) {
  describe('all of ../shared/data', () => {
    everyFile(sharedFiles());

    it('the host logs, through their mapping', () => {
      const bench = benchFile();
      expect(bench && goldenRow(bench.file, bench.adapter)).toEqual(GOLDEN[bench?.file.name ?? '']);
    }, 120_000);
  });
} else {
  it.skip('needs ../shared', () => undefined);
}
