/** infra/trust/README.md is followed: its `sh` blocks, as written and in order, as one session between both programs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { whyNoToken } from '@nyxera/federation-testing/soft-hsm';
import { REPORTS } from '../demo/federate.ts';
import { runProgram } from '../demo/processes.ts';
import { buildWorld, FOREIGN_TENANT, portOf, TENANT, type World } from '../demo/world.ts';
import { makeDesk } from './docs/desk.ts';
import { type Followed, followPage, readPage } from './docs/page.ts';
import { rewrite } from './rewrite-log.ts';

const withoutToken = await whyNoToken();
if (withoutToken !== null) console.warn(`${withoutToken}: the page's block with a token is not run`);

const directory = temporaryDirectory('trust-doc');
let postgres: PostgresServer;
let world: World;
let followed: Followed;

beforeAll(async () => {
  const softHsm = join(directory.path, 'softhsm2.conf');
  postgres = await startPostgres();
  world = await buildWorld(directory.path, await postgres.createDatabase(), { SOFTHSM2_CONF: softHsm });
  const { desk, path } = makeDesk(directory.path);
  followed = await followPage(readPage('infra/trust/README.md'), {
    cwd: desk,
    env: {
      ...world.gatewayEnvironment,
      PATH: path,
      HOME: desk,
      TENANT,
      OTHER_TENANT: FOREIGN_TENANT,
      GATEWAY_URL: `https://localhost:${portOf(world.gateway.listen)}`,
      CA: join(directory.path, 'pki'),
      REPORT: REPORTS[0]?.file ?? '',
      SECOND_REPORT: REPORTS[1]?.file ?? '',
      THIRD_REPORT: REPORTS[2]?.file ?? '',
    },
    patienceMs: 300_000,
    leaveOut: ({ text }) => withoutToken !== null && text.includes('softhsm2-util'),
  });
}, 400_000);

afterAll(async () => {
  await world?.gateway.stop();
  await postgres?.stop();
  directory.remove();
});

const after = (command: string): string => followed.after(command);

const CHANGE_ONE_SIGNATURE = `
UPDATE federation.evidence SET signature = set_byte(signature, 3, 255 - get_byte(signature, 3))
  WHERE request_id = (SELECT request_id FROM federation.evidence ORDER BY request_id LIMIT 1)`;
const KID = '[A-Za-z0-9_-]{43}';

test('first setup: shown, confirmed on both ends, and it delivers', () => {
  expect(after('peer add peer.json;')).toMatch(/^would do\ttenant\.map, identity\.declare, identity\.pin, /m);
  const settled = after('peer add gateway-peer.json');
  expect(settled).toMatch(/^delivered\t[1-9]\d*$/m);
  // `send` has exchanged before it, by itself, so that there is nothing left to learn.
  expect(settled).toMatch(/\texchanged\t1 of ours taken, 0 learned$/m);
  expect(settled).toContain('\n0 faults, ');
});

test('keys: a next one signs only when it was confirmed, and the old one is taken on', () => {
  const feedback = after('key rotate --overlap 7d --reason');
  const published = new RegExp(`^(${KID}) is published and does not sign yet`, 'm').exec(feedback)?.[1];
  expect(feedback).toMatch(/^red-team-1\t.*\tnot yet$/m);
  expect(feedback).toMatch(/^spectrastrike-agent-01\t-\tunknown: give it the key by file$/m);
  expect(feedback).toContain(`\n${published} signs; feedback-demo-1 is taken until `);
  expect(feedback).toContain(`\nverified\tkid ${published}, `);
  expect(after('--schedule 90d')).toMatch(/^scheduled every 90 days, next at /m);

  const telemetry = after('spectrastrike-agent key rotate --overlap 7d');
  expect(telemetry.match(/\ttelemetry\t(?:active|retiring)\t/g)).toEqual([
    '\ttelemetry\tretiring\t',
    '\ttelemetry\tactive\t',
  ]);
  expect(after('key import for-the-agent')).toMatch(/^feedback-2027\t.*\tadded$/m);
  expect(after('key import for-the-agent')).toContain('key feedback-2027 of @gateway is active');
  const byFile = after('key import for-the-gateway');
  expect(byFile.match(/ was here already, and stays as it is$/gm)).toHaveLength(2);
  expect(byFile).toMatch(/^delivered\t[1-9]\d*$/m);
});

test('certificates: staged, then switched to, and the old pin goes', () => {
  const client = after('SIGN_CLIENT=');
  expect(client).toContain('\ngateway\tanswers peer_identity_rejected\n');
  const pin = /^pin\t([0-9a-f]{64})$/m.exec(client)?.[1];
  expect(client).toContain(`\ncertificate\t${pin}\n`);
  expect(client).toMatch(/^unpinned [0-9a-f]{64} from red-team-1$/m);
  const server = after('SIGN_SERVER=');
  const next = /^the certificate is now ([0-9a-f]{64}), /m.exec(server)?.[1];
  expect(server).toMatch(/^verified\tkid /m);
  // The only pin that is left.
  expect(server).toMatch(new RegExp(`rejected\\.\n${next}\t-\t-\nsettings`));
});

test('tenants: a key is confined, a tenant has its own, and a suspended one is refused', () => {
  expect(after('tenant map op-red-2')).toMatch(/lane_paused \(key_domain_violation\)/);
  const own = after('a key of its own');
  const signing = new RegExp(`^(${KID}) signs`, 'm').exec(own)?.[1];
  expect(own).toContain(`\nverified\tkid ${signing}, `);
  const suspended = after('tenant suspend');
  expect(suspended).toContain('is suspended\nNothing was recorded: tenant_mapping_violation: ');
  expect(suspended).toContain(`\nverified\tkid ${signing}, `);
});

(withoutToken === null ? test : test.skip)('a key in a token signs, and its PIN is nowhere', () => {
  const token = after('softhsm2-util');
  const signing = new RegExp(`^(${KID}) signs; ${KID} is taken until `, 'm').exec(token)?.[1];
  expect(token).toContain(`\nverified\tkid ${signing}, `);
  expect(token).toContain(`feedback key ${signing}\tok\tsigns, from PKCS#11 token "federation" (SoftHSM v2)`);
  const pin = readFileSync(join(directory.path, 'desk', 'pin'), 'utf8').trim();
  for (const text of [...followed.said, followed.complaints, world.gateway.log()])
    expect(text).not.toContain(pin);
});

test('a leaked key: refused at once, replaced, and told apart in the evidence', async () => {
  const revoked = after('--reason "laptop stolen"\nif spectrastrike-agent send');
  expect(revoked).toMatch(new RegExp(`^telemetry key ${KID} of red-team-1 is revoked$`, 'm'));
  expect(revoked).toMatch(/^delivered\t0$/m);
  expect(revoked).toContain('lane_paused (signature_invalid)');
  const replaced = after('key revoke "$LEAKED"\nspectrastrike-agent');
  expect(replaced).toContain('\tfailed: schema_invalid\tthe gateway did not take the set');
  expect(replaced).toMatch(/\texchanged\t3 of ours taken, /);
  expect(replaced).toMatch(/^delivered\t[1-9]\d*$/m);
  // The key in use, and not the one that the settings still name.
  const next = new RegExp(`^(${KID}) signs from now on\\.$`, 'm').exec(replaced)?.[1];
  const agent = join(directory.path, 'desk', 'agent');
  const settings = { SPECTRASTRIKE_DATA_DIR: agent, SPECTRASTRIKE_CONFIG_FILE: join(agent, 'agent.env') };
  const doctor = await runProgram('agent', ['doctor'], settings);
  expect(doctor.stdout).toContain(`signing key\tok\tsigns as kid ${next}, from key file`);
  const evidence = after('evidence verify --all');
  expect(evidence).toMatch(/: [1-9]\d* valid, [1-9]\d* valid with a key that was revoked since, 0 invalid/);
  expect(evidence).toMatch(/\trevoked\t.*\tcli:\S+\tlaptop stolen$/m);
  expect(evidence).toMatch(/\tkey\.revoke\tcli:\S+\tchanged\t/);

  const feedback = after('--reason "token lost"');
  const leaked = new RegExp(`^feedback key (${KID}) of @gateway is revoked$`, 'm').exec(feedback)?.[1];
  expect(feedback).toMatch(new RegExp(`^${leaked}\t${TENANT}\tfeedback\trevoked\t`, 'm'));
  expect(feedback).toMatch(/^verified\tkid /m);
  expect(feedback).not.toContain(`verified\tkid ${leaked}`);
  const certificate = after('replaces the stolen one"');
  expect(certificate).toMatch(/^Nothing was recorded: peer_identity_rejected: /m);
  expect(certificate).toMatch(/^verified\tkid /m);
});

test('evidence that was changed behind the gateway is the third verdict', async () => {
  await world.gateway.stop();
  await rewrite(world, CHANGE_ONE_SIGNATURE);
  const finished = await runProgram('gateway', ['evidence', 'verify', '--all'], world.gatewayEnvironment);
  expect(finished.stdout).toMatch(/, [1-9]\d* valid with a key that was revoked since, [1-9]\d* invalid/);
  expect(finished.exitCode).toBe(1);
});
