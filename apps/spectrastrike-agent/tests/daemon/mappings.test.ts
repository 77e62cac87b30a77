import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { openState, type State } from '../../src/state/open-state.ts';
import { type AgentFixture, canonicalEvent, createAgentFixture } from '../cli/agent-fixture.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { ask, postJson, type Reply } from '../local-api/api-fixture.ts';
import { LAB_MAPPING, labRecord } from '../support/lab-mapping.ts';
import { type DaemonProcess, startDaemon, until } from './daemon-process.ts';

let fixture: AgentFixture;
let state: State;
let mappings: string;
let drop: string;
let daemon: DaemonProcess | null = null;

beforeAll(async () => {
  fixture = await createAgentFixture();
  // What counts here is the spool.
  await fixture.gateway.close();
  mappings = join(fixture.path, 'mappings');
  drop = join(fixture.path, 'drop');
  for (const path of [mappings, drop]) mkdirSync(path);
  const rules = fixture.file(
    'rules.yaml',
    "version: 1\npatterns: [{ kind: case-number, pattern: 'CASE-[0-9]{6}' }]\n",
  );
  const watch = fixture.file(
    'watch.yaml',
    `folders: [{ path: ${drop}, campaign: dropped, format: jsonl, mapping: lab }]\n`,
  );
  Object.assign(fixture.environment, {
    SPECTRASTRIKE_LOG_LEVEL: 'info',
    SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS: '0',
    SPECTRASTRIKE_WATCH_SETTLE_SECONDS: '0',
    SPECTRASTRIKE_MAPPINGS_DIR: mappings,
    SPECTRASTRIKE_WATCH_FILE: watch,
    SPECTRASTRIKE_REDACTION_RULES_FILE: rules,
  });
  state = openState(dataDir());
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = null;
});
afterAll(async () => {
  state.close();
  await fixture.close();
});

const dataDir = (): string => fixture.environment.SPECTRASTRIKE_DATA_DIR ?? '';
const target = () => ({ socketPath: join(dataDir(), 'intake.sock') });
const report = (body: string, query: string): Promise<Reply> =>
  ask(target(), 'POST', `/v1/reports?name=x.jsonl&${query}`, { body });
const spooled = () =>
  state.db
    .prepare('SELECT campaign_id, payload FROM events ORDER BY seq')
    .all()
    .map(({ campaign_id: campaign, payload }) => ({ campaign, text: String(payload) }));
const ofKind = (kind: string) => spooled().filter(({ text }) => text.includes(`"event_type":"${kind}"`));
const said = (message: string) => daemon?.log().filter((line) => line.message === message) ?? [];
const put = (name: string, text: string): void => {
  writeFileSync(join(drop, `${name}.part`), text);
  renameSync(join(drop, `${name}.part`), join(drop, name));
};

test('a mapping with faults: the daemon does not start, and every fault is named', async () => {
  writeFileSync(join(mappings, 'lab.yaml'), LAB_MAPPING.replace('time:', 'tme:'));
  const ran = await fixture.run('run');
  expect(ran.code).toBe(78);
  for (const part of ['lab.yaml: time: ', 'Unrecognized key: "tme"']) expect(ran.stderr).toContain(part);
  expect(ran.stderr).not.toContain('WATCH_FILE');
  const doctor = await runInProcess(fixture.environment, ['doctor']);
  expect(doctor.code).not.toBe(0);
  expect(doctor.stdout).toContain('lab.yaml: time: ');
});

test('JSON lines come in by a configured mapping, through the API and a watched folder, redacted by the own rules', async () => {
  writeFileSync(join(mappings, 'lab.yaml'), LAB_MAPPING);
  daemon = await startDaemon(fixture.environment);
  const secret = { text: 'about CASE-123456' };
  const taken = await report(`${labRecord('by-api', secret)}\n{"half\n`, 'format=jsonl&mapping=lab');
  expect(taken.status).toBe(202);
  expect(taken.json).toMatchObject({ format: 'jsonl', accepted: 1, refused: 1 });
  expect(taken.json.redactions).toEqual({ 'case-number': 2 });
  expect(
    (
      await postJson(
        target(),
        '/v1/events',
        canonicalEvent('own', { event_type: 'OWN', description: 'CASE-123456' }),
      )
    ).status,
  ).toBe(202);

  put('log.jsonl', `${labRecord('by-folder', secret)}\n`);
  put('other.jsonl', 'no record at all\n');
  await until(
    () => existsSync(join(drop, 'done', 'log.jsonl')) && readdirSync(join(drop, 'failed')).length === 2,
  );
  const reason = JSON.parse(readFileSync(join(drop, 'failed', 'other.jsonl.reason.json'), 'utf8'));
  expect(reason).toMatchObject({
    position: 'line 1',
    taken: 0,
    refused: 1,
    faults: [{ code: 'record_malformed' }],
  });

  for (const [kind, campaign] of [
    ['by-api', 'default'],
    ['by-folder', 'dropped'],
    ['OWN', 'default'],
  ] as const) {
    const [event, ...more] = ofKind(kind);
    expect([kind, event?.campaign, more]).toEqual([kind, campaign, []]);
    expect(event?.text).toContain('[redacted:case-number]');
    expect(event?.text).toMatch(/"mapping_version":"[^"]*\+redact\./);
  }
  expect(spooled().some(({ text }) => text.includes('CASE-123456'))).toBe(false);
  expect(ofKind('by-folder')[0]?.text).toMatch(/"mapping_version":"[^"]*\+map\./);
  expect(ofKind('by-folder')[0]?.text).toContain('"severity":"critical"');

  for (const [query, status, code] of [
    ['format=jsonl&mapping=absent', 422, 'mapping_unknown'],
    ['format=jsonl&mapping=..%2Flab', 400, 'parameter_invalid'],
    [`format=jsonl&mapping=${encodeURIComponent(join(mappings, 'lab.yaml'))}`, 400, 'parameter_invalid'],
    ['format=jsonl', 400, 'parameter_invalid'],
    ['mapping=lab', 400, 'parameter_invalid'],
    ['format=nmap&mapping=lab', 400, 'parameter_invalid'],
    ['format=pdf', 400, 'parameter_invalid'],
  ] as const) {
    const refused = await report(labRecord('refused'), query);
    expect([query, refused.status, refused.code]).toEqual([query, status, code]);
  }
  expect(ofKind('refused')).toEqual([]);

  // SIGHUP: with a fault the old mapping stays, in the API and in the folder; without, the new one is used by both.
  writeFileSync(join(mappings, 'lab.yaml'), 'version: 2\n');
  daemon.child.kill('SIGHUP');
  await until(() => said('config.refused').length === 1);
  expect(JSON.stringify(said('config.refused'))).toContain('lab.yaml: version: expected');
  put('still.jsonl', `${labRecord('still')}\n`);
  await until(() => ofKind('still').length === 1);
  expect((await report(labRecord('still-api'), 'format=jsonl&mapping=lab')).json).toMatchObject({
    accepted: 1,
  });

  const calmer = LAB_MAPPING.replace('"1": critical', '"1": low');
  writeFileSync(join(mappings, 'lab.yaml'), calmer);
  writeFileSync(join(mappings, 'new.yaml'), calmer);
  const { SPECTRASTRIKE_WATCH_FILE: watchFile = '', SPECTRASTRIKE_REDACTION_RULES_FILE: rules = '' } =
    fixture.environment;
  writeFileSync(watchFile, readFileSync(watchFile, 'utf8').replace('dropped', 'renamed'));
  writeFileSync(rules, readFileSync(rules, 'utf8').replace('CASE-[0-9]{6}', 'FILE-[0-9]{6}'));
  daemon.child.kill('SIGHUP');
  await until(() => said('config.taken').length === 1);
  put('after.jsonl', `${labRecord('after', { text: 'FILE-123456, CASE-123456' })}\n`);
  await until(() => ofKind('after').length === 1);
  expect(ofKind('still')[0]?.text).toContain('"severity":"critical"');
  expect(ofKind('after')[0]?.text).toContain('"severity":"low"');
  expect(ofKind('after')[0]?.campaign).toBe('renamed');
  expect(ofKind('after')[0]?.text).toContain('[redacted:case-number], CASE-123456');
  expect((await report(labRecord('by-new'), 'format=jsonl&mapping=new')).json).toMatchObject({ accepted: 1 });
  expect(await daemon.end('SIGTERM')).toEqual({ code: 0, signal: null });
}, 60_000);
