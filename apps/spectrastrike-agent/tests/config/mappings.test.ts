import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import fc from 'fast-check';
import { readIntakeSettings } from '../../src/config/intake-settings.ts';
import { MAPPING_NAME } from '../../src/config/mapping-settings.ts';
import { Settings } from '../../src/config/settings.ts';
import { parseWatchFile } from '../../src/config/watch-file.ts';
import { anyText } from '../support/any-text.ts';
import { LAB_MAPPING } from '../support/lab-mapping.ts';

const TENANT = '10000000-0000-0000-0000-00000000000A';

let directory: ReturnType<typeof temporaryDirectory>;
let folder: string;

beforeEach(() => {
  directory = temporaryDirectory('agent-mappings');
  folder = join(directory.path, 'mappings');
  mkdirSync(folder);
});
afterEach(() => directory.remove());

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);

function read(more: Record<string, string> = {}) {
  const settings = new Settings({ SPECTRASTRIKE_MAPPINGS_DIR: folder, ...more });
  const intake = readIntakeSettings(settings);
  return { intake, faults: settings.faults.map(({ variable, problem }) => `${variable} ${problem}`) };
}

function watchFile(text: string, mode = 0o600): Record<string, string> {
  const path = join(directory.path, 'watch.yaml');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return { SPECTRASTRIKE_WATCH_FILE: path };
}

describe('mappings by name', () => {
  test('are the yaml files of the folder, and nothing else of it', () => {
    put('lab.yaml', LAB_MAPPING);
    put('lab-2.yaml', LAB_MAPPING);
    put('segments.json', '[]');
    put('.#lab.yaml', 'half a fi');
    const { intake, faults } = read();
    expect(faults).toEqual([]);
    expect([...intake.mappings.keys()].sort()).toEqual(['lab', 'lab-2']);
    expect(intake.mappings.get('lab')?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(readIntakeSettings(new Settings({})).mappings.size).toBe(0);
  });

  test('every fault of every one is named, with its file and its place', () => {
    put('good.yaml', LAB_MAPPING);
    put('Bad Name.yaml', LAB_MAPPING);
    put('half.yaml', LAB_MAPPING.replace('time:', 'tme:').replace('otherwise: info', 'otherwise: awful'));
    put('loose.yaml', LAB_MAPPING);
    chmodSync(join(folder, 'loose.yaml'), 0o602);
    mkdirSync(join(folder, 'folder.yaml'));
    put('deep.yaml', `a: ${'['.repeat(100_000)}`);
    const said = read().faults.join('\n');
    for (const part of [
      'SPECTRASTRIKE_MAPPINGS_DIR Bad Name.yaml: a name is',
      'SPECTRASTRIKE_MAPPINGS_DIR half.yaml: time: expected',
      'SPECTRASTRIKE_MAPPINGS_DIR half.yaml: severity/otherwise: expected',
      'half.yaml: expected Unrecognized key: "tme"',
      'loose.yaml: may be written by every user',
      'folder.yaml: is no regular file',
      'deep.yaml: line 1: expected YAML',
    ]) {
      expect(said).toContain(part);
    }
    expect(said).not.toContain('good.yaml');
    chmodSync(folder, 0o777);
    expect(read().faults[0]).toContain('may be written by every user');
    rmSync(folder, { recursive: true });
    expect(read().faults).toEqual(['SPECTRASTRIKE_MAPPINGS_DIR names a folder that cannot be read (ENOENT)']);
  });

  test('no name is a way out of the folder', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), fc.webPath(), fc.domain()), (name) => {
        if (!MAPPING_NAME.test(name)) return;
        expect(name).not.toMatch(/[/\\\0]/);
        expect(name.startsWith('.')).toBe(false);
      }),
    );
  });
});

describe('the file of watched folders', () => {
  test('says of each its tenant, campaign, format and mapping; the variable adds folders to it', () => {
    put('lab.yaml', LAB_MAPPING);
    const file = watchFile(
      [
        'folders:',
        `  - { path: /srv/logs, tenant: ${TENANT}, campaign: 2026, format: jsonl, mapping: lab }`,
        '  - { path: /srv/scans, format: nmap }',
      ].join('\n'),
    );
    const { intake, faults } = read({
      ...file,
      SPECTRASTRIKE_WATCH_DIRS: `${TENANT}=/srv/old`,
      SPECTRASTRIKE_WATCH_CAMPAIGN: 'nightly',
    });
    expect(faults).toEqual([]);
    expect(intake.watched).toEqual([
      { path: '/srv/logs', tenantId: TENANT, campaignId: '2026', format: 'jsonl', mapping: 'lab' },
      { path: '/srv/scans', tenantId: null, campaignId: 'nightly', format: 'nmap', mapping: null },
      { path: '/srv/old', tenantId: TENANT, campaignId: 'nightly', format: null, mapping: null },
    ]);
  });

  test('every fault of it at once; a mapping that is there and faulty is not said twice', () => {
    put('faulty.yaml', 'version: 2');
    const { faults } = read(
      watchFile(
        [
          'folders:',
          '  - { path: /a, format: jsonl }',
          '  - { path: /b, mapping: faulty }',
          '  - { path: /c, format: jsonl, mapping: absent }',
          '  - { path: /d, format: jsonl, mapping: faulty }',
          '  - { path: /d/below }',
        ].join('\n'),
      ),
    );
    const ofFile = faults.filter((one) => one.startsWith('SPECTRASTRIKE_WATCH_FILE'));
    expect(ofFile).toEqual([
      'SPECTRASTRIKE_WATCH_FILE folders/0: format jsonl and mapping go together',
      'SPECTRASTRIKE_WATCH_FILE folders/1: format jsonl and mapping go together',
      'SPECTRASTRIKE_WATCH_FILE folders/2/mapping: there is no such mapping in SPECTRASTRIKE_MAPPINGS_DIR',
      'SPECTRASTRIKE_WATCH_FILE names a folder twice, or one within another',
    ]);
    for (const [text, part] of [
      ['folders: []', 'folders: '],
      ['folders: [{ path: relative }]', 'folders/0/path: is no absolute path'],
      ['folders: [{ path: /a, tennant: x }]', 'folders/0: Unrecognized key: "tennant"'],
      ['folders: [{ path: /a, tenant: x }]', 'folders/0/tenant: is no UUID'],
      ['folders: [{ path: /a, campaign: "" }]', 'folders/0/campaign: is not 1 to 128 characters'],
      ['folders: [{ path: /a, format: pdf }]', 'folders/0/format: '],
      ['folders: &a\n  - *a', 'YAML without aliases'],
    ] as const) {
      expect(read(watchFile(text)).faults.join('\n')).toContain(part);
    }
    expect(read(watchFile('folders: [{ path: /a }]', 0o602)).faults.join()).toContain('every user');
    expect(read({ SPECTRASTRIKE_WATCH_FILE: '/nowhere' }).faults.join()).toContain('ENOENT');
  });

  test('whatever stands in it, it is folders or problems, and never a throw', () => {
    const word = fc.constantFrom(
      ...[
        'folders:',
        'path: /a',
        'mapping: lab',
        'format: jsonl',
        'tenant: ',
        '- ',
        '  ',
        '\n',
        '{',
        '}',
        '[',
      ],
      ...[']', ',', '&a', '*a', '? ', '!!binary', '__proto__: {}', '"', '#', '%YAML 1.1', '---'],
    );
    const text = fc.oneof(
      fc.array(word, { maxLength: 30 }).map((words) => Buffer.from(words.join(''))),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(text, (bytes) => {
        const { folders, problems } = parseWatchFile(bytes, new Set(['lab']), 'default');
        expect(folders.length + problems.length).toBeGreaterThan(0);
        if (problems.length > 0) return;
        for (const one of folders) {
          expect(one.path.startsWith('/')).toBe(true);
          expect(one.mapping).toBe(one.format === 'jsonl' ? 'lab' : null);
        }
      }),
    );
  });
});
