import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AgentFixture, canonicalEvent, createAgentFixture } from './agent-fixture.ts';
import { accepted, KEYS, problem, startStandIn, TELEMETRY } from './gateway-stand-in.ts';
import { runInProcess } from './run-in-process.ts';

let fixture: AgentFixture;

beforeEach(async () => {
  fixture = await createAgentFixture();
});
afterEach(() => fixture.close());

const lines = (...ids: readonly string[]): string => ids.map((id) => `${canonicalEvent(id)}\n`).join('');

describe('send --json ends with the six numbers, and the exit code follows them', () => {
  test('delivered, then known: the same report twice sends nothing twice', async () => {
    const report = fixture.file('events.jsonl', lines('e1', 'e2', 'e3'));
    const first = await fixture.run('send', report, '--json');
    expect(first.stderr).toBe('');
    expect(first.last).toEqual({
      read: 3,
      spooled: 3,
      delivered: 3,
      duplicates: 0,
      quarantined: 0,
      pending: 0,
    });
    expect(first.code).toBe(0);

    const second = await fixture.run('send', report, '--json');
    expect(second.last).toEqual({
      read: 3,
      spooled: 0,
      delivered: 0,
      duplicates: 3,
      quarantined: 0,
      pending: 0,
    });
    expect(second.code).toBe(0);
    expect(fixture.gateway.received).toHaveLength(3);
  });

  test('what the gateway knew already is a duplicate; a repeat within the report too', async () => {
    fixture.gateway.handlers.set(TELEMETRY, () => ({ status: 202, body: accepted({ duplicate: true }) }));
    const ran = await fixture.run('send', fixture.file('e.jsonl', lines('e1', 'e1', 'e2')), '--json');
    expect(ran.last).toMatchObject({ read: 3, spooled: 2, delivered: 0, duplicates: 3, pending: 0 });
    expect(ran.code).toBe(0);
  });

  test('refused for good: quarantined with the code, exit 2, and again when the report is sent again', async () => {
    fixture.gateway.handlers.set(TELEMETRY, ({ body }) =>
      JSON.stringify(body).includes('"e2"')
        ? problem(422, 'schema_invalid')
        : { status: 202, body: accepted() },
    );
    const report = fixture.file('e.jsonl', lines('e1', 'e2'));
    const first = await fixture.run('send', report, '--json');
    expect(first.last).toMatchObject({ read: 2, delivered: 1, quarantined: 1, pending: 0 });
    expect(first.code).toBe(2);
    const second = await fixture.run('send', report, '--json');
    expect(second.last).toMatchObject({ read: 2, spooled: 0, delivered: 0, duplicates: 1, quarantined: 1 });
    expect(second.code).toBe(2);

    const listed = await fixture.run('quarantine', 'list', '--json');
    expect(listed.last).toMatchObject({ quarantined: [{ event_id: 'e2', code: 'schema_invalid' }] });
    expect(listed.code).toBe(2);
    fixture.gateway.handlers.set(TELEMETRY, () => ({ status: 202, body: accepted() }));
    expect((await fixture.run('quarantine', 'retry', 'e2', '--json')).last).toEqual({ retried: 1 });
    const third = await fixture.run('send', '--json');
    expect(third.last).toMatchObject({ read: 0, delivered: 1, quarantined: 0, pending: 0 });
    expect(third.code).toBe(0);
  });

  test('gateway away: nothing is lost, exit 2; when it is back the next send delivers', async () => {
    await fixture.gateway.close();
    const report = fixture.file('e.jsonl', lines('e1', 'e2'));
    const away = await fixture.run('send', report, '--wait', '0', '--json');
    const waiting = away.stdout.split('\n').find((line) => line.startsWith('{"waiting"')) ?? '{}';
    expect(JSON.parse(waiting)).toMatchObject({
      waiting: { reason: 'gateway_away', code: 'ECONNREFUSED', delivered_by: 'this_process' },
    });
    expect(away.last).toEqual({
      read: 2,
      spooled: 2,
      delivered: 0,
      duplicates: 0,
      quarantined: 0,
      pending: 2,
    });
    expect(away.code).toBe(2);
    const status = await fixture.run('status', '--json');
    expect(status.last).toMatchObject({ pending: 2, gateways: [{ circuit: 'open' }] });

    const again = await startStandIn(fixture.pki, 'server-again', Number(new URL(fixture.gateway.url).port));
    fixture.environment.VECTORVUE_FEDERATION_SERVER_CERT_SHA256 = again.certificate.sha256;
    const back = await fixture.run('send', '--json');
    await again.close();
    expect(back.last).toMatchObject({ read: 0, delivered: 2, pending: 0 });
    expect(back.code).toBe(0);
  });

  test('two processes at once: one drains for both, every event is sent once, both end with 0', async () => {
    const ids = (prefix: string): string[] => Array.from({ length: 40 }, (_, index) => `${prefix}-${index}`);
    const [one, two] = await Promise.all([
      fixture.run('send', fixture.file('one.jsonl', lines(...ids('a'))), '--json'),
      fixture.run('send', fixture.file('two.jsonl', lines(...ids('b'))), '--json'),
    ]);
    expect([one?.code, two?.code]).toEqual([0, 0]);
    expect(one?.last).toMatchObject({ read: 40, spooled: 40, pending: 0, quarantined: 0 });
    expect(two?.last).toMatchObject({ read: 40, spooled: 40, pending: 0, quarantined: 0 });
    expect(fixture.gateway.received).toHaveLength(80);
  });

  test('--no-wait spools without key, certificate and gateway', async () => {
    const environment = fixture.environment;
    const { VECTORVUE_FEDERATION_SIGNING_KEY_PATH: _key, ...withoutKey } = environment;
    fixture.environment = withoutKey;
    const report = fixture.file('e.jsonl', lines('e1'));
    const spooled = await fixture.run('send', report, '--no-wait', '--json');
    expect(spooled.last).toMatchObject({ read: 1, spooled: 1, delivered: 0, pending: 1 });
    expect(spooled.code).toBe(2);
    expect(fixture.gateway.received).toEqual([]);
    fixture.environment = environment;
    const sent = await fixture.run('send', report, '--json');
    expect(sent.last).toMatchObject({ read: 1, spooled: 0, delivered: 1, duplicates: 0, pending: 0 });
    expect(sent.code).toBe(0);
  });

  test('403 pauses and keeps; a send after the cure delivers at once', async () => {
    fixture.gateway.handlers.set(TELEMETRY, () => problem(403, 'operator_not_mapped'));
    const paused = await fixture.run('send', fixture.file('e.jsonl', lines('e1')), '--wait', '0', '--json');
    expect(paused.last).toMatchObject({ delivered: 0, quarantined: 0, pending: 1 });
    expect(paused.code).toBe(2);
    expect((await fixture.run('lanes', 'list', '--json')).last).toMatchObject({
      lanes: [{ state: 'paused', code: 'operator_not_mapped' }],
    });
    fixture.gateway.handlers.set(TELEMETRY, () => ({ status: 202, body: accepted() }));
    expect((await fixture.run('send', '--json')).last).toMatchObject({ delivered: 1, pending: 0 });
  });
});

test('a delivery that came to its end exchanges keys when that is due; one that did not leaves it', async () => {
  const asked = () => fixture.gateway.received.filter((one) => one.path === KEYS).length;
  fixture.gateway.handlers.set(KEYS, () => ({ status: 404, body: {} }));
  fixture.gateway.handlers.set(TELEMETRY, () => problem(503, 'service_unavailable'));
  const report = fixture.file('e.jsonl', lines('e1'));
  expect((await runInProcess(fixture.environment, ['send', report, '--wait', '0'])).code).toBe(2);
  expect(asked()).toBe(0);
  fixture.gateway.handlers.set(TELEMETRY, () => ({ status: 202, body: accepted() }));
  expect((await runInProcess(fixture.environment, ['send'])).code).toBe(0);
  expect(asked()).toBe(1);
  expect((await runInProcess(fixture.environment, ['send'])).code).toBe(0);
  expect(asked()).toBe(1);
});

describe('what cannot be read is named, and the others go on', () => {
  test('a damaged line, a missing file, an unknown format', async () => {
    const good = fixture.file('good.jsonl', lines('e1'));
    const half = fixture.file(
      'half.jsonl',
      `${canonicalEvent('e2')}\n{"event_id":\n${canonicalEvent('e3')}\n`,
    );
    const alien = fixture.file('alien.bin', '\u0000\u0001');
    const ran = await fixture.run('send', alien, '/nonexistent', half, good, '--json');
    expect(ran.code).toBe(2);
    expect(ran.last).toMatchObject({ read: 3, spooled: 3, delivered: 3, pending: 0 });
    const files = ran.stdout
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { read: number; faults: { where: string }[] });
    expect(files.map((one) => [one.read, one.faults.length])).toEqual([
      [0, 1],
      [0, 1],
      [2, 1],
      [1, 0],
    ]);
    expect(files[2]?.faults[0]?.where).toContain('line 2');
  });

  test('--format refuses a file of another format and takes nothing of it', async () => {
    const ran = await fixture.run('send', fixture.file('e.jsonl', lines('e1')), '--format', 'nmap', '--json');
    expect(ran.last).toMatchObject({ read: 0, spooled: 0 });
    expect(ran.code).toBe(2);
  });

  test('the same id with other content: the first stands, exit 2, in the security log', async () => {
    await fixture.run('send', fixture.file('a.jsonl', lines('e1')), '--json');
    const other = fixture.file('b.jsonl', `${canonicalEvent('e1', { severity: 'low' })}\n`);
    const ran = await fixture.run('send', other, '--json');
    expect(ran.last).toMatchObject({ read: 1, spooled: 0, delivered: 0, duplicates: 0 });
    expect(ran.code).toBe(2);
    expect((await fixture.run('security', 'list', '--json')).last).toMatchObject({
      entries: [{ class: 'intake', code: 'event_conflict', ref: 'e1' }],
    });
    expect(fixture.gateway.received).toHaveLength(1);
  });

  test('standard input, and an empty one', async () => {
    const piped = await fixture.runWithInput(lines('e1'), 'send', '-', '--json');
    expect(piped.last).toMatchObject({ read: 1, delivered: 1 });
    const empty = await fixture.runWithInput('', 'send', '-', '--json');
    expect(empty.last).toMatchObject({ read: 0, spooled: 0, pending: 0 });
    expect(empty.code).toBe(0);
  });

  test('a tool that cannot be measured: nothing is spooled', async () => {
    const report = fixture.file('e.jsonl', lines('e1'));
    const ran = await fixture.run('send', report, '--tool', '/nonexistent/nmap', '--json');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('ENOENT');
    expect((await fixture.run('status', '--json')).last).toMatchObject({ pending: 0, lanes: [] });
  });
});

test('the event carries the measurement, which is recorded and shown; the tool counts', async () => {
  const tool = fixture.file('scanner', 'binary');
  await fixture.run('send', fixture.file('e.jsonl', lines('e1')), '--tool', tool, '--json');
  const status = (await fixture.run('status', '--json')).last as { attestation: Record<string, unknown> };
  expect(status.attestation).toMatchObject({ attestation_synthetic: false, unchanged: true });
  expect(status.attestation.tool_sha256).toMatch(/^sha256:[0-9a-f]{64}$/);
  const payload = fixture.gateway.received[0]?.body.payload;
  expect(payload).toMatchObject({
    attributes: {
      attestation_measurement_hash: status.attestation.attestation_measurement_hash,
      tool_sha256: status.attestation.tool_sha256,
      manifest_hash: status.attestation.manifest_hash,
    },
  });
});

test('bad configuration: every fault at once, exit 78, with --json too', async () => {
  fixture.environment = { SPECTRASTRIKE_DATA_DIR: fixture.environment.SPECTRASTRIKE_DATA_DIR ?? '' };
  const ran = await fixture.run('send', 'x', '--json');
  expect(ran.code).toBe(78);
  for (const name of ['VECTORVUE_FEDERATION_URL', 'VECTORVUE_FEDERATION_SIGNING_KEY_PATH', 'OPERATOR_ID']) {
    expect(ran.stderr).toContain(name);
  }
  expect(ran.last).toHaveProperty('faults');
});

test.each([
  ['send', 'x'],
  ['send', 'x', '--no-wait'],
  ['feedback', 'pull'],
])('an http: URL is refused as insecure_transport, in both outputs: %s %s', async (...command) => {
  fixture.environment.VECTORVUE_FEDERATION_URL = fixture.gateway.url.replace('https:', 'http:');
  const ran = await fixture.run(...command, '--json');
  expect(ran.code).toBe(78);
  expect(ran.stderr).toContain('insecure_transport');
  expect(ran.last).toMatchObject({
    faults: [{ variable: 'VECTORVUE_FEDERATION_URL', code: 'insecure_transport' }],
  });
  expect(fixture.gateway.received).toEqual([]);
});
