import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { makeKey, makePin, TENANT_A, TENANT_B } from '../trust/make-keys.ts';
import { peerFile } from '../trust/make-peer-file.ts';
import { describeCommands } from './stores.ts';

const directory = mkdtempSync(join(tmpdir(), 'trust-commands-'));
afterAll(() => rmSync(directory, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describeCommands('trust commands', (run) => {
  test('identity pin --next keeps the present pin, and is for an identity that can speak now', async () => {
    const [present, coming, later] = [makePin('next-1'), makePin('next-2'), makePin('next-3')];
    const codeOf = async (...argv: string[]) => (await run(...argv, '--json')).json.error?.code;
    // A misspelt name declares nobody.
    expect(await codeOf('identity', 'pin', 'next-one', present, '--next')).toBe('identity_unknown');
    await run('identity', 'pin', 'next-one', present);
    const from = '2026-01-01T00:00:00.000Z';
    expect(
      await run(
        'identity',
        'pin',
        'next-one',
        coming,
        '--next',
        '--from',
        from,
        '--until',
        '2100-01-01T00:00:00Z',
        '--json',
      ),
    ).toMatchObject({ exitCode: 0, json: { sha256: coming, created: false, present: [present] } });
    const listed = await run('identity', 'list', '--json');
    const { pins } = listed.json.identities.find(
      ({ identity }: { identity: string }) => identity === 'next-one',
    );
    expect(pins).toMatchObject([
      { sha256: present, valid: true, not_before: null },
      { sha256: coming, valid: true, not_before: from, not_after: '2100-01-01T00:00:00.000Z' },
    ]);
    expect(await codeOf('identity', 'pin', 'next-one', present, '--next')).toBe('pin_exists');
    expect(await codeOf('identity', 'pin', 'next-one', 'AA:BB', '--next')).toBe('pin_invalid');
    expect(await codeOf('identity', 'pin', 'next-one', 'abc', '--next')).toBe('pin_invalid');
    expect(
      await codeOf(
        'identity',
        'pin',
        'next-one',
        later,
        '--next',
        '--from',
        '2101-01-01T00:00:00Z',
        '--until',
        from,
      ),
    ).toBe('validity_invalid');
    for (const pin of [present, coming]) await run('identity', 'unpin', 'next-one', pin);
    expect(await codeOf('identity', 'pin', 'next-one', later, '--next')).toBe('pin_unknown');
    expect(await codeOf('identity', 'pin', 'next-one', later, '--next', '--operators', 'a')).toBe('usage');
  });

  test('identity: pin, list, limit, unpin', async () => {
    const pin = makePin('cli-1');
    const pinned = await run(
      'identity',
      'pin',
      'cli-1',
      pin,
      '--operators',
      'a, b',
      '--reason',
      'test',
      '--json',
    );
    expect(pinned).toMatchObject({
      exitCode: 0,
      json: { ok: true, identity: 'cli-1', sha256: pin, created: true },
    });
    expect(await run('identity', 'limit', 'cli-1', '--tenants', TENANT_A, '--json')).toMatchObject({
      exitCode: 0,
      json: { changed: true, operators: ['a', 'b'], tenants: [TENANT_A] },
    });
    // What is not named stays: a second pin with one limit must not lift the other.
    await run('identity', 'pin', 'cli-1', makePin('cli-1-next'), '--operators', 'a');
    await run('identity', 'unpin', 'cli-1', makePin('cli-1-next'));
    expect(await run('identity', 'limit', 'cli-1', '--any-operator', '--json')).toMatchObject({
      json: { operators: null, tenants: [TENANT_A] },
    });
    expect(await run('identity', 'limit', 'cli-1')).toMatchObject({ exitCode: 2 });
    expect(await run('identity', 'limit', 'cli-1', '--tenants', TENANT_A, '--any-tenant')).toMatchObject({
      exitCode: 2,
    });
    const listed = await run('identity', 'list', '--json');
    expect(listed.json.identities).toContainEqual({
      identity: 'cli-1',
      operators: null,
      tenants: [TENANT_A],
      spiffe_id: null,
      state: 'active',
      source: 'cli',
      pins: [
        { sha256: pin, not_before: null, not_after: null, source: 'cli', valid: true },
        expect.objectContaining({ sha256: makePin('cli-1-next'), valid: false }),
      ],
    });
    expect(await run('identity', 'unpin', 'cli-1', pin)).toMatchObject({
      exitCode: 0,
      stdout: `unpinned ${pin} from cli-1\n`,
    });
    for (const [word, state] of [
      ['suspend', 'suspended'],
      ['resume', 'active'],
    ] as const) {
      expect(await run('identity', word, 'cli-1', '--reason', 'test', '--json')).toMatchObject({
        json: { ok: true, identity: 'cli-1', state },
      });
      expect((await run('identity', word, 'cli-1', '--json')).json.error.code).toBe('identity_unchanged');
    }
    expect((await run('identity', 'suspend', 'nobody', '--json')).json.error.code).toBe('identity_unknown');
    const table = await run('identity', 'list');
    expect(table.stdout.split('\n').find((line) => line.startsWith('cli-1\t'))).toMatch(
      new RegExp(`^cli-1\\tall\\t${TENANT_A}\\t${pin}\\tno\\t`),
    );
  });

  test('refusals: exit code 2, the code, a sentence, nothing on stdout but the document', async () => {
    const cases: readonly [readonly string[], string][] = [
      [['identity', 'pin', 'x', 'AA:BB'], 'pin_invalid'],
      [['identity', 'pin', 'x', createHash('sha256').digest('hex')], 'pin_invalid'],
      [['identity', 'unpin', 'x', makePin('no')], 'pin_unknown'],
      [['identity', 'limit', 'nobody', '--any-tenant'], 'identity_unknown'],
      [['tenant', 'map', 'op', 'nonsense'], 'tenant_invalid'],
      [['tenant', 'unmap', 'nobody'], 'operator_unknown'],
      [['tenant', 'create', 'nonsense'], 'tenant_invalid'],
      [['key', 'show', 'nothing'], 'key_unknown'],
      [['key', 'export', '--identity', 'nobody'], 'key_unknown'],
      [['evidence', 'verify'], 'usage'],
      [['evidence', 'verify', '--event', 'nothing'], 'event_unknown'],
      [['tenant', 'suspend', '22222222-2222-4222-8222-222222222222'], 'tenant_unknown'],
      [['key', 'revoke', 'nothing', '--reason', 'x'], 'key_unknown'],
      [['key', 'revoke', 'nothing'], 'reason_required'],
      [['key', 'import', 'nonsense', '--identity', 'x', '--purpose', 'telemetry'], 'key_invalid'],
      [
        ['key', 'import', makeKey().key.toBase64(), '--identity', 'nobody', '--purpose', 'telemetry'],
        'identity_unknown',
      ],
      [['key', 'import', makeKey().key.toBase64(), '--purpose', 'telemetry'], 'usage'],
      [['key', 'import', makeKey().key.toBase64(), '--identity', 'x', '--purpose', 'magic'], 'usage'],
      [['key', 'import', makeKey().key.toBase64(), '--identity', 'x'], 'usage'],
      [['key', 'generate', '--owner', 'somebody'], 'usage'],
      [['identity', 'pin', 'x', makePin('x'), '--not-after', 'tomorrow'], 'usage'],
      [['identity', 'pin', 'x'], 'usage'],
      [['identity', 'list', 'superfluous'], 'usage'],
      [['identity', 'list', '--unknown'], 'usage'],
      [['identity', 'frobnicate'], 'usage'],
      [['frobnicate'], 'usage'],
    ];
    for (const [argv, code] of cases) {
      const finished = await run(...argv, '--json');
      expect([argv, finished.exitCode, finished.json?.error?.code]).toEqual([argv, 2, code]);
      expect(finished.stderr).toMatch(/^vectorvue-gateway: ./);
      const plain = await run(...argv);
      expect([plain.exitCode, plain.stdout]).toEqual([2, '']);
    }
  });

  test('tenant: map, repeat, move, list, suspend, resume, unmap', async () => {
    expect(await run('tenant', 'map', 'cli-op', TENANT_A.toUpperCase(), '--json')).toMatchObject({
      json: { operator_id: 'cli-op', tenant_id: TENANT_A, changed: true },
    });
    expect(await run('tenant', 'map', 'cli-op', TENANT_A, '--json')).toMatchObject({
      exitCode: 0,
      json: { changed: false },
    });
    expect(await run('tenant', 'map', 'cli-op', TENANT_B, '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'operator_mapped' } },
    });
    expect(await run('tenant', 'map', 'cli-op', TENANT_B, '--move')).toMatchObject({ exitCode: 0 });
    expect(await run('tenant', 'suspend', TENANT_B, '--json')).toMatchObject({
      json: { state: 'suspended' },
    });
    const { tenants } = (await run('tenant', 'list', '--json')).json;
    expect(tenants).toContainEqual({
      tenant_id: TENANT_B,
      name: null,
      state: 'suspended',
      operators: [{ operator_id: 'cli-op', source: 'cli' }],
    });
    expect(await run('tenant', 'resume', TENANT_B)).toMatchObject({ exitCode: 0 });
    expect(await run('tenant', 'unmap', 'cli-op', '--json')).toMatchObject({ json: { tenant_id: TENANT_B } });
  });

  test('key: every form of a public key, the life cycle, the list', async () => {
    await run('identity', 'pin', 'key-owner', makePin('key-owner'));
    const forms: readonly [string, (key: ReturnType<typeof makeKey>) => string][] = [
      ['base64', (key) => key.key.toBase64()],
      ['base64 file', (key) => write(`${key.key.kid}.b64`, `${key.key.toBase64()}\n`)],
      ['raw file', (key) => write(`${key.key.kid}.raw`, key.key.raw)],
      ['PEM', (key) => write(`${key.key.kid}.pem`, pem(key))],
      ['JWK', (key) => write(`${key.key.kid}.jwk`, JSON.stringify(jwk(key)))],
      ['JWK Set', (key) => write(`${key.key.kid}.jwks`, JSON.stringify({ keys: [jwk(key)] }))],
    ];
    for (const [form, make] of forms) {
      const key = makeKey();
      const imported = await run(
        'key',
        'import',
        make(key),
        '--identity',
        'key-owner',
        '--purpose',
        'telemetry',
        '--pending',
        '--json',
      );
      expect([form, imported.exitCode, imported.json.thumbprint, imported.json.state]).toEqual([
        form,
        0,
        key.key.kid,
        'pending',
      ]);
    }
    const key = makeKey();
    await run(
      'key',
      'import',
      key.key.toBase64(),
      '--identity',
      'key-owner',
      '--purpose',
      'telemetry,evidence',
      '--kid',
      'cli-key',
      '--pending',
    );
    for (const [step, state] of [
      ['activate', 'active'],
      ['retire', 'retiring'],
      ['revoke', 'revoked'],
    ]) {
      const moved = await run('key', step ?? '', 'cli-key', '--reason', 'because', '--json');
      expect(moved).toMatchObject({
        exitCode: 0,
        json: {
          keys: [
            { purpose: 'evidence', state },
            { purpose: 'telemetry', state },
          ],
        },
      });
    }
    const listed = (await run('key', 'list', '--identity', 'key-owner', '--purpose', 'telemetry', '--json'))
      .json.keys;
    expect(listed).toHaveLength(7);
    expect(listed.at(-1)).toMatchObject({
      kid: 'cli-key',
      thumbprint: key.key.kid,
      state: 'revoked',
      reason: 'because',
      tenants: null,
    });
  });

  test('a private key in PEM or JWK and a directory are refused by name', async () => {
    const key = makeKey();
    const secret = write('secret.pem', key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const secretJwk = write('secret.jwk', JSON.stringify({ ...jwk(key), d: 'A'.repeat(43) }));
    for (const [path, why] of [
      [secret, /private key/],
      [secretJwk, /private key/],
      [directory, /base64/],
    ] as const) {
      const refused = await run('key', 'import', path, '--identity', 'x', '--purpose', 'telemetry');
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(why);
      expect(refused.stderr).not.toContain(String(key.privateKey.export({ format: 'jwk' }).d));
    }
  });

  test('a thumbprint that begins with a dash is a kid like others', async () => {
    await run('identity', 'pin', 'dashed', makePin('dashed'));
    let key = makeKey();
    while (!key.key.kid.startsWith('-')) key = makeKey();
    await run('key', 'import', key.key.toBase64(), '--identity', 'dashed', '--purpose', 'telemetry');
    for (const argv of [
      ['show', key.key.kid],
      ['retire', key.key.kid, '--identity', 'dashed'],
      ['revoke', key.key.kid, '--reason', 'why'],
    ]) {
      expect(await run('key', ...argv, '--json')).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  test('a JWK Set is imported whole, as it says of itself, or not at all', async () => {
    await run('identity', 'pin', 'set-owner', makePin('set-owner'));
    const [one, two, bad] = [makeKey(), makeKey(), makeKey()];
    const purpose = ['telemetry'];
    const said = [
      { ...jwk(one), kid: 'set-one', purpose, tenants: [TENANT_A], nbf: 1_700_000_000, exp: 1_900_000_000 },
      { ...jwk(two), kid: 'set-two', purpose: ['telemetry', 'evidence'], state: 'retiring' },
    ];
    const importOf = (name: string, keys: readonly object[], ...options: string[]) =>
      run(
        'key',
        'import',
        write(name, JSON.stringify({ keys })),
        '--identity',
        'set-owner',
        ...options,
        '--json',
      );
    for (const [added, code] of [
      [{ ...jwk(bad), kid: 'set-bad', purpose, state: 'revoked' }, 'key_state'],
      [{ ...jwk(bad), kid: 'set-bad', purpose: ['feedback'] }, 'key_purpose_invalid'],
      [{ ...jwk(one), kid: 'set-bad', purpose }, 'key_exists'],
      [{ ...jwk(bad), kid: 'set-bad' }, 'usage'],
    ] as const) {
      const refused = await importOf(`${code}.jwks`, [...said, added]);
      expect(refused).toMatchObject({ exitCode: 2, json: { error: { code } } });
    }
    expect((await run('key', 'list', '--identity', 'set-owner', '--json')).json.keys).toEqual([]);

    expect(await importOf('set.jwks', said)).toMatchObject({ exitCode: 0, json: { keys: [{}, {}] } });
    const exported = await run('key', 'export', '--identity', 'set-owner');
    expect(JSON.parse(exported.stdout)).toEqual({
      keys: [
        { ...jwk(two), kid: 'set-two', use: 'sig', purpose: ['evidence', 'telemetry'], state: 'retiring' },
        { ...said[0], use: 'sig', state: 'active' },
      ],
    });
    // What its owner exports holds the present keys beside the next one.
    const next = { ...jwk(makeKey()), kid: 'set-next', purpose, state: 'pending' };
    expect(await importOf('next.jwks', [...said, next])).toMatchObject({
      exitCode: 0,
      json: { keys: [{ added: false }, { added: false }, { kid: 'set-next', added: true }] },
    });
    await run('key', 'revoke', 'set-one', '--reason', 'leaked');
    const returning = await importOf('returning.jwks', [...said, { ...jwk(bad), kid: 'set-bad', purpose }]);
    expect(returning).toMatchObject({ exitCode: 2, json: { error: { code: 'key_revoked' } } });

    expect(await importOf('again.jwks', said, '--kid', 'x')).toMatchObject({
      json: { error: { code: 'usage' } },
    });
  });

  test('peer add: shows first, then registers everything at once, and answers with a file', async () => {
    const key = makeKey();
    await run(
      'key',
      'import',
      makeKey().key.toBase64(),
      '--purpose',
      'feedback',
      '--kid',
      `fb-${key.key.kid}`,
    );
    const path = write(
      'peer.json',
      JSON.stringify(peerFile({ key, identity: 'peer-1', operator: 'op-peer-1' })),
    );
    const shown = await run('peer', 'add', path, '--json');
    expect(shown).toMatchObject({
      exitCode: 2,
      json: { ok: false, code: 'confirmation_required', identity: 'peer-1' },
    });
    expect(shown.json.would_do).toEqual(
      expect.arrayContaining([
        'tenant.map',
        'identity.declare',
        'identity.pin',
        'key.import.telemetry',
        'key.import.evidence',
      ]),
    );
    const before = (await run('identity', 'list', '--json')).json.identities;
    expect(before).not.toContainEqual(expect.objectContaining({ identity: 'peer-1' }));

    const { fingerprint } = shown.json;
    const wrong = `${fingerprint.slice(0, -1)}${fingerprint.endsWith('0') ? '1' : '0'}`;
    for (const confirmed of [wrong, fingerprint.slice(0, 32), '']) {
      expect(await run('peer', 'add', path, '--confirm-fingerprint', confirmed, '--json')).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'fingerprint_mismatch' } },
      });
    }
    const out = join(directory, `${key.key.kid}.gateway.json`);
    const spoken = fingerprint.toUpperCase().replace(/(.{8})(?=.)/g, '$1 ');
    const added = await run(
      'peer',
      'add',
      path,
      '--confirm-fingerprint',
      spoken,
      '--gateway-url',
      'https://gw.example:8443',
      '--out',
      out,
      '--json',
    );
    expect(added).toMatchObject({ exitCode: 0, json: { ok: true } });
    const file = JSON.parse(readFileSync(out, 'utf8'));
    expect(file).toEqual(added.json.gateway_peer);
    expect(file).toMatchObject({
      v: 1,
      gateway_url: 'https://gw.example:8443',
      operator_id: 'op-peer-1',
      tenant_id: TENANT_A,
    });
    expect(file.feedback_keys).toContainEqual(
      expect.objectContaining({
        kid: `fb-${key.key.kid}`,
        kty: 'OKP',
        use: 'sig',
        purpose: ['feedback'],
        state: 'active',
      }),
    );
    expect(statSync(out).mode & 0o777).toBe(0o644 & ~process.umask());
    const identity = (await run('identity', 'list', '--json')).json.identities.find(
      (row: { identity: string }) => row.identity === 'peer-1',
    );
    expect(identity).toMatchObject({
      operators: ['op-peer-1'],
      tenants: [TENANT_A],
      pins: [{ sha256: makePin('peer-1') }],
    });
    const keys = (await run('key', 'list', '--identity', 'peer-1', '--json')).json.keys;
    expect(keys).toMatchObject([
      { purpose: 'evidence', tenants: [TENANT_A] },
      { purpose: 'telemetry', tenants: [TENANT_A] },
    ]);

    // Once more: nothing changes, and a file that is there is not overwritten.
    expect(
      (await run('peer', 'add', path, '--confirm-fingerprint', fingerprint, '--json')).json.changes,
    ).toEqual([]);
    expect(
      await run('peer', 'add', path, '--confirm-fingerprint', fingerprint, '--out', out, '--json'),
    ).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'out_file' } },
    });
    const spelled = await run('peer', 'add', path, '--confirm-fingerprint', fingerprint);
    expect(JSON.parse(spelled.stdout)).toMatchObject({ v: 1 });
    expect(spelled.stderr).toMatch(/fingerprint: [0-9a-f]{8} /);
  });

  test('peer add: a file that would add to somebody who is known needs --extend', async () => {
    const confirm = async (name: string, value: unknown, ...more: string[]) => {
      const path = write(name, JSON.stringify(value));
      const { fingerprint } = (await run('peer', 'add', path, '--extend', '--json')).json;
      return run('peer', 'add', path, '--confirm-fingerprint', fingerprint ?? 'x', '--json', ...more);
    };
    const key = makeKey();
    const honest = peerFile({ key, identity: 'victim', operator: 'op-victim' });
    expect(await confirm('honest.json', honest)).toMatchObject({ exitCode: 0 });
    const attacks = [
      { ...honest, certificate_sha256: makePin('attacker') },
      peerFile({ key: makeKey(), identity: 'victim', operator: 'op-victim' }),
      { ...honest, operator_id: 'op-attacker' },
    ];
    for (const attack of attacks) {
      expect(await confirm('attack.json', attack)).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'identity_exists' } },
      });
    }
    // The mapping that was made before the refusal was rolled back with it.
    const { tenants } = (await run('tenant', 'list', '--json')).json;
    expect(JSON.stringify(tenants)).not.toContain('op-attacker');
    expect(await confirm('attack.json', { ...honest, operator_id: 'op-second' }, '--extend')).toMatchObject({
      exitCode: 0,
    });
    // Never another tenant's operator, whatever is said.
    const foreign = peerFile({
      key: makeKey(),
      identity: 'stranger',
      operator: 'op-victim',
      tenant: TENANT_B,
    });
    const path = write('foreign.json', JSON.stringify(foreign));
    expect(await run('peer', 'add', path, '--extend', '--json')).toMatchObject({
      json: { error: { code: 'operator_mapped' } },
    });
  });

  test('peer add: no certificate, a certificate beside the file, a broken file', async () => {
    const without = write(
      'without.json',
      JSON.stringify(peerFile({ key: makeKey(), identity: 'peer-2', operator: 'op-2', pin: null })),
    );
    expect(await run('peer', 'add', without, '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'peer_certificate_missing' } },
    });
    expect(
      await run('peer', 'add', without, '--certificate-sha256', makePin('beside'), '--json'),
    ).toMatchObject({
      json: { code: 'confirmation_required', certificate_sha256: makePin('beside') },
    });
    const withPin = write(
      'with.json',
      JSON.stringify(peerFile({ key: makeKey(), identity: 'peer-3', operator: 'op-3' })),
    );
    expect(
      await run('peer', 'add', withPin, '--certificate-sha256', makePin('other'), '--json'),
    ).toMatchObject({
      json: { error: { code: 'pin_invalid' } },
    });
    expect(await run('peer', 'add', write('broken.json', '{"v":1'), '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'peer_file_invalid' } },
    });
    expect(await run('peer', 'add', join(directory, 'absent.json'), '--json')).toMatchObject({
      json: { error: { code: 'peer_file_invalid' } },
    });
  });
});

function jwk(key: ReturnType<typeof makeKey>) {
  return { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key.key.raw).toString('base64url') };
}

function pem(key: ReturnType<typeof makeKey>): string {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.key.raw]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
}
