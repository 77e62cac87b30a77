/** The audit log and its proofs, and the counts of ATT&CK techniques: who sees which, and that what is shown can be verified. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  cosignatureInput,
  cosignatureLine,
  cosignatureVerifier,
  formatNoteSignature,
  merkleLeafHash,
  noteVerifier,
  openCheckpoint,
  openNote,
  parseVerifierKey,
  verifyConsistency,
  verifyInclusion,
} from '@nyxera/federation-protocol';
import { checkProof, parseFile, proofFileSchema } from '@nyxera/federation-protocol/audit-proof';
import { countTechniques } from '../../src/attack/count-techniques.ts';
import { createIntegrator } from '../../src/audit/integrate.ts';
import { createLogReader } from '../../src/audit/log-reader.ts';
import { newSigner, ORIGIN, trustKey } from '../audit/log-fixture.ts';
import { send } from '../support/client.ts';
import { IDENTITY, OTHER_OPERATOR, OTHER_TENANT, TENANT } from '../support/federation.ts';
import { payload, telemetry } from '../support/requests.ts';
import { type ConsoleClient, type ConsoleWorld, openConsoleWorld } from './console-world.ts';

/** What a spreadsheet would run, and a browser would render. */
const HOSTILE = '=HYPERLINK("http://evil")<script>alert(1)</script>';
const OTHER = { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT };
const log = newSigner();
const witness = newSigner();
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

let world: ConsoleWorld;
let officer: ConsoleClient;
let viewer: ConsoleClient;
let mine = '';
let theirs = '';
let strangers = '';
const sizes: number[] = [];

beforeAll(async () => {
  world = await openConsoleWorld();
  const { federation, gateway } = world;
  await trustKey(gateway.db, 'audit', log);
  await trustKey(gateway.db, 'witness', witness, IDENTITY);
  const integrator = createIntegrator({ db: gateway.db, origin: ORIGIN, signer: log.signer, now: Date.now });
  const sign = async () => {
    const signed = await integrator.integrate();
    if (signed.kind === 'checkpoint') sizes.push(signed.size);
  };
  const accept = async (changes: Record<string, unknown>): Promise<string> => {
    const answer = await send(federation, gateway.listen, telemetry(federation, changes));
    return String(answer.json.request_id);
  };
  const event = (id: string, over: object = {}) => ({ payload: payload({ event_id: id, ...over }) });
  mine = await accept(
    event('e-1', { severity: 'critical', mitre_techniques: ['T1059.001', 'T1059.001', 'T1059'] }),
  );
  await sign();
  theirs = await accept({ ...OTHER, ...event('e-2', { severity: 'info', mitre_techniques: ['T1059'] }) });
  await sign();
  strangers = await accept({ operator_id: HOSTILE });
  await accept(event('e-3', { severity: 'high', mitre_techniques: ['T1566'] }));
  await sign();
  const reader = createLogReader(gateway.db);
  const size = sizes[1] ?? 0;
  const text = (await reader.checkpointOfSize(size))?.note.split('\n\n')[0] ?? '';
  const at = Math.floor(Date.now() / 1000);
  const line = cosignatureLine(
    IDENTITY,
    witness.key,
    at,
    await witness.signer.sign(cosignatureInput(`${text}\n`, at)),
  );
  await reader.keepCosignature({
    size,
    identity: IDENTITY,
    kid: witness.key.kid,
    line: formatNoteSignature(line),
    witnessedAt: at,
    requestId: mine,
    receivedAtMs: Date.now(),
  });
  while (((await countTechniques(gateway.db)) as { more?: boolean }).more === true);
  officer = await world.signIn('officer');
  viewer = await world.signIn('viewer', [TENANT]);
});
afterAll(() => world?.close());

const codesOf = (answer: { json: { items: { code: string }[] } }) =>
  answer.json.items.map(({ code }) => code);

test('a tenant’s reader sees its own entries, with what is disclosed beside them; who sees all sees all', async () => {
  const seen = await viewer.get('/audit/entries?class=decision');
  expect(seen.json.items).toMatchObject([
    { code: 'accepted', tenant: TENANT, subject: 'e-3', operator: 'op-001', actor: IDENTITY },
    { code: 'accepted', tenant: TENANT, subject: 'e-1', request_id: mine, pruned_by: null },
  ]);
  expect(seen.json.next).toBeNull();
  const all = await officer.get('/audit/entries?action=telemetry');
  expect(codesOf(all)).toEqual(['accepted', 'operator_not_mapped', 'accepted', 'accepted']);
  expect(all.json.items[1]).toMatchObject({ tenant: null, operator: HOSTILE, level: 'medium' });
  const theirEntry = all.json.items[2].sequence;
  for (const path of ['', '/proof']) {
    expect((await officer.get(`/audit/entries/${theirEntry}${path}`)).status).toBe(200);
    const hidden = await viewer.get(`/audit/entries/${theirEntry}${path}`);
    expect([hidden.status, hidden.json.code]).toEqual([404, 'not_found']);
  }
  for (const request of [theirs, strangers]) {
    expect((await viewer.get(`/audit/entries?request=${request}`)).json.items).toEqual([]);
    expect((await viewer.get(`/audit/requests/${request}/proof-file`)).status).toBe(404);
    expect((await officer.get(`/audit/requests/${request}/proof-file`)).status).toBe(200);
  }
  const hopped = await viewer.get(`/audit/entries?tenant=${OTHER_TENANT}`);
  expect([hopped.status, hopped.json.code]).toEqual([403, 'tenant_forbidden']);
  expect((await world.stranger().get('/audit/entries')).status).toBe(401);
  const audited = await officer.get('/audit/entries?code=tenant_forbidden');
  expect(audited.json.items).toMatchObject([{ actor: 'console:viewer' }]);
});

test('each filter finds what it names, and what makes no sense is said beside the field', async () => {
  const list = async (query: string) => (await officer.get(`/audit/entries?${query}`)).json.items;
  const [newest] = await list('limit=1');
  expect(await list(`sequence=${newest.sequence}`)).toEqual([newest]);
  expect(await list(`request=${mine.toUpperCase()}`)).toMatchObject([{ subject: 'e-1' }]);
  expect(await list('code=operator_not_mapped')).toMatchObject([{ request_id: strangers }]);
  expect(await list(`code=accepted&tenant=${OTHER_TENANT}`)).toMatchObject([{ subject: 'e-2' }]);
  expect(await list(`actor=${IDENTITY}&class=security`)).toMatchObject([{ code: 'operator_not_mapped' }]);
  expect((await list('class=trust')).length).toBeGreaterThan(2);
  expect(await list('to=2000-01-01T00:00:00Z')).toEqual([]);
  expect(await list('from=2000-01-01T00:00:00Z&action=telemetry')).toHaveLength(4);
  const pages = [];
  for (let after = ''; after !== 'null'; ) {
    const page = (await officer.get(`/audit/entries?action=telemetry&limit=1${after}`)).json;
    pages.push(...page.items);
    after = page.next === null ? 'null' : `&after=${page.next}`;
  }
  expect(pages.map(({ subject, code }) => [subject, code])).toEqual([
    ['e-3', 'accepted'],
    [null, 'operator_not_mapped'],
    ['e-2', 'accepted'],
    ['e-1', 'accepted'],
  ]);
  const faults: [string, string][] = [
    ['/audit/entries?sequence=-1', 'sequence'],
    ['/audit/entries?class=gossip', 'class'],
    ['/audit/entries?request=1', 'request'],
    ['/audit/entries?from=yesterday', 'from'],
    ['/audit/entries?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['/audit/entries?after=x', 'after'],
    ['/audit/entries?colour=red', 'colour'],
    ['/audit/consistency?from=0', 'from'],
    ['/audit/chain?steps=1000', 'steps'],
    ['/attack/techniques?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['/attack/techniques?tenant=x', 'tenant'],
  ];
  for (const [path, field] of faults) {
    const answer = await officer.get(path);
    expect([path, answer.status, answer.json.code, answer.json.faults?.[0]?.field]).toEqual([
      path,
      400,
      'filter_invalid',
      field,
    ]);
  }
});

test('an export has all of it, and no cell that a spreadsheet would run', async () => {
  const csv = await officer.get('/audit/entries?action=telemetry&format=csv');
  expect(csv.headers['content-disposition']).toMatch(/audit-log\.csv/);
  expect(csv.text.split('\r\n')).toHaveLength(6);
  expect(csv.text).toContain(`"'=HYPERLINK(""http://evil"")`);
  const lines = (await viewer.get('/audit/entries?format=jsonl')).text.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).tenant)).toEqual(lines.map(() => TENANT));
});

test('an entry is proven under a checkpoint by what the API answers, and by nothing else', async () => {
  const [{ sequence }] = (await viewer.get(`/audit/entries?request=${mine}`)).json.items;
  const { json: detail } = await viewer.get(`/audit/entries/${sequence}`);
  const leaf = merkleLeafHash(Buffer.from(detail.entry, 'utf8'));
  expect(Buffer.from(leaf).toString('hex')).toBe(detail.leaf_hash);
  for (const [query, size] of [
    ['', sizes[2]],
    [`?size=${sizes[0]}`, sizes[0]],
  ] as const) {
    const { json: proof } = await viewer.get(`/audit/entries/${sequence}/proof${query}`);
    const key = parseVerifierKey(proof.keys[0]);
    if (!key.ok) throw new Error('no key');
    const opened = openCheckpoint(proof.checkpoint, ORIGIN, [noteVerifier(ORIGIN, key.value.key)]);
    if (!opened.ok) throw new Error(opened.code);
    expect([opened.value.size, proof.size]).toEqual([size, size]);
    expect(bytes(proof.leaf_hash)).toEqual(leaf);
    expect(verifyInclusion(opened.value, sequence, leaf, proof.proof.map(bytes)).ok).toBe(true);
    expect(key.value.key.kid).toBe(log.key.kid);
  }
  const early = await viewer.get(`/audit/entries/${sequence}/proof?size=${(sizes[0] ?? 0) + 1_000_000}`);
  expect([early.status, early.json.faults[0].field]).toEqual([400, 'size']);
  const [{ sequence: last }] = (await officer.get('/audit/entries?limit=1')).json.items;
  expect((await officer.get(`/audit/entries/${last}/proof`)).json.code).toBe('not_integrated');
});

test('the proof file is the one of the command line, and is checked without anybody', async () => {
  const download = await viewer.get(`/audit/requests/${mine}/proof-file`);
  expect(download.headers['content-disposition']).toMatch(`audit-proof-${mine}.json`);
  const file = parseFile(proofFileSchema, download.text);
  if (file === null) throw new Error(download.text);
  const checked = checkProof(file, [noteVerifier(ORIGIN, log.key)]);
  expect(checked).toMatchObject({ ok: true, evidence: true, facts: [{ code: 'accepted' }] });
});

test('checkpoints continue each other, and a witness’s cosignature is beside the one it is of', async () => {
  const { json: standing } = await viewer.get('/audit/log');
  expect(standing).toMatchObject({
    log: ORIGIN,
    size: sizes[2],
    witnesses: [{ identity: IDENTITY, state: 'active' }],
  });
  const { json: list } = await viewer.get('/audit/checkpoints?limit=2');
  expect(list.items.map(({ size }: { size: number }) => size)).toEqual([sizes[2], sizes[1]]);
  const rest = (await viewer.get(`/audit/checkpoints?after=${list.next}`)).json;
  expect([rest.items.map(({ size }: { size: number }) => size), rest.next]).toEqual([[sizes[0]], null]);
  const { json: cosigned } = await viewer.get('/audit/checkpoints?cosigned=true');
  expect(cosigned.items).toMatchObject([{ size: sizes[1], cosigned_by: [IDENTITY] }]);
  const note = cosigned.items[0].checkpoint as string;
  expect(openNote(note, [cosignatureVerifier(IDENTITY, witness.key)]).ok).toBe(true);

  const headOf = (text: string) => {
    const opened = openCheckpoint(text, ORIGIN, [noteVerifier(ORIGIN, log.key)]);
    if (!opened.ok) throw new Error(opened.code);
    return opened.value;
  };
  const { json: kept } = await viewer.get(`/audit/consistency?from=${sizes[0]}`);
  const [first] = rest.items;
  const continued = verifyConsistency(
    headOf(first.checkpoint),
    headOf(kept.checkpoint),
    kept.proof.map(bytes),
  );
  expect(continued.ok).toBe(true);
  const beyond = await viewer.get('/audit/consistency?from=1000000');
  expect([beyond.status, beyond.json.code]).toEqual([409, 'tree_shrunk']);

  const { json: chain } = await viewer.get('/audit/chain');
  expect(chain.steps.map(({ size }: { size: number }) => size)).toEqual(sizes);
  for (const [n, step] of chain.steps.entries()) {
    const before = chain.steps[n - 1];
    if (before === undefined) expect(step.proof).toBeNull();
    else {
      const heads = [headOf(before.checkpoint), headOf(step.checkpoint)] as const;
      expect(verifyConsistency(...heads, step.proof.map(bytes)).ok).toBe(true);
    }
  }
});

test('techniques are counted once an event, for the session’s tenants', async () => {
  const counted = async (client: ConsoleClient, query = '') =>
    (await client.get(`/attack/techniques${query}`)).json;
  const seen = await counted(viewer);
  expect([seen.span, seen.more]).toEqual(['day', false]);
  const row = (technique: string, events: number, findings: number, high: number, critical: number) => ({
    technique,
    events,
    findings,
    high,
    critical,
  });
  expect(seen.techniques).toEqual([
    row('T1059', 1, 1, 0, 1),
    row('T1059.001', 1, 1, 0, 1),
    row('T1566', 1, 1, 1, 0),
  ]);
  const now = Date.now();
  const hours = `from=${new Date(now - 3_600_000).toISOString()}&to=${new Date(now + 3_600_000).toISOString()}`;
  const all = await counted(officer, `?${hours}`);
  expect([all.span, all.uncounted]).toEqual(['hour', expect.any(Number)]);
  expect(all.techniques[0]).toEqual(row('T1059', 2, 1, 0, 1));
  expect((await counted(officer, `?${hours}&tenant=${OTHER_TENANT}`)).techniques).toEqual([
    row('T1059', 1, 0, 0, 0),
  ]);
  expect((await counted(officer, '?to=2000-01-01T00:00:00Z')).techniques).toEqual([]);
  const hopped = await viewer.get(`/attack/techniques?tenant=${OTHER_TENANT}`);
  expect([hopped.status, hopped.json.code]).toEqual([403, 'tenant_forbidden']);
});
