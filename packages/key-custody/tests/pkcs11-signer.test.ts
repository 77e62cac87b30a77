import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyEd25519 } from '@nyxera/federation-protocol';
import { createSoftHsm, type SoftHsm, type SoftToken, whyNoToken } from '@nyxera/federation-testing/soft-hsm';
import { signerContract } from '../src/contract.ts';
import { type OpenSignerOptions, openSigner, type Signer } from '../src/index.ts';
import { systemTime } from '../src/signer-options.ts';
import { type RawCryptoki, rawCryptoki, slotOf } from './support/cryptoki.ts';
import { setProcessEnvironment } from './support/process-environment.ts';

const NO_TOKEN = await whyNoToken();
if (NO_TOKEN !== null) console.warn(`${NO_TOKEN}: nothing is run against a PKCS#11 token`);
const describeWithToken = NO_TOKEN === null ? describe : describe.skip;

let hsm: SoftHsm;
let token: SoftToken;
let uri: string;
const opened: Signer[] = [];

beforeAll(async () => {
  if (NO_TOKEN !== null) return;
  hsm = await createSoftHsm();
  token = await hsm.createToken('main');
  await hsm.generateKey(token, { label: 'feedback', id: '01' });
  uri = hsm.uri(token, 'feedback');
  await setProcessEnvironment('SOFTHSM2_CONF', hsm.configurationPath);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((signer) => signer.close()));
});

afterAll(() => hsm?.remove());

async function open(from: string = uri, options: OpenSignerOptions = {}): Promise<Signer> {
  const result = await openSigner(from, options);
  if (!result.ok) throw new Error(result.detail);
  opened.push(result.value);
  return result.value;
}

/** The test's own view of the library, which is one per process: whatever it does, it does to the signers. */
const library = (): Promise<RawCryptoki> => rawCryptoki(hsm.modulePath);

describeWithToken('with SoftHSM2', () => {
  let pin = '';
  beforeAll(() => {
    pin = token.pin;
  });
  const secrets = {
    get secrets(): readonly string[] {
      return [pin];
    },
  };
  const broken = {
    breakCustodian: async () => {
      const raw = await library();
      raw.C_CloseAllSessions(slotOf(raw, 'main'));
      await hsm.unplug();
    },
    mendCustodian: () => hsm.plugIn(),
  };
  // A library is restarted at most every five seconds; between two looks at this clock, six pass.
  let nowMs = 0;
  const time = { ...systemTime, now: () => (nowMs += 6_000) };
  signerContract('pkcs11, SoftHSM2', () => open(uri, { time }), Object.assign(secrets, broken));

  test('an x-max-input of the URI holds', async () => {
    const limited = await open(`${uri}&x-max-input=70000`);
    expect(limited.capabilities.maxInputBytes).toBe(70_000);
    await expect(limited.sign(new Uint8Array(70_001))).rejects.toMatchObject({ fault: 'input_too_large' });
    expect(await openSigner(`${uri}&x-max-input=70000`, { largestInputBytes: 70_001 })).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^input_too_large: /),
    });
    await open(`${uri}&x-max-input=2097152`, { largestInputBytes: 2 * 1024 * 1024 });
  });

  test('what happens to the session happens to no signature: reset, logout, library ended', async () => {
    const signer = await open(`${uri}&x-sessions=3`);
    const key = await signer.publicKey();
    const raw = await library();
    const message = new TextEncoder().encode('after the reset');
    const resets: (() => void)[] = [
      () => raw.C_CloseAllSessions(slotOf(raw, 'main')),
      () => {
        const session = raw.C_OpenSession(slotOf(raw, 'main'), 4);
        raw.C_Logout(session);
        raw.C_CloseSession(session);
      },
      () => raw.C_Finalize(),
    ];
    for (const reset of resets) {
      await Promise.all([1, 2, 3].map(() => signer.sign(message)));
      reset();
      const signatures = await Promise.all([1, 2, 3, 4, 5].map(() => signer.sign(message)));
      for (const signature of signatures) expect(verifyEd25519(key, message, signature)).toBe(true);
    }
  });

  test('two signers on one token do not end each other', async () => {
    await hsm.generateKey(token, { label: 'audit', id: '02' });
    const [one, other] = [await open(), await open(hsm.uri(token, 'audit'))];
    expect(await one.kid()).not.toBe(await other.kid());
    await one.close();
    expect(await other.health()).toEqual({ ok: true });
  });

  test('a key that was exchanged under its name is not used', async () => {
    const old = await hsm.generateKey(token, { label: 'exchanged', id: '03' });
    const signer = await open(hsm.uri(token, 'exchanged'));
    expect(Buffer.from((await signer.publicKey()).raw)).toEqual(Buffer.from(old.publicKey));
    const raw = await library();
    destroy(raw, 'exchanged');
    await hsm.generateKey(token, { label: 'exchanged', id: '03' });
    raw.C_CloseAllSessions(slotOf(raw, 'main'));
    await expect(signer.sign(new Uint8Array(5))).rejects.toMatchObject({ fault: 'signature_wrong' });
  });

  test('keys that must not sign are refused by name, and one that could leave is told', async () => {
    await hsm.generateKey(token, { label: 'rsa', kind: 'rsa' });
    await hsm.generateKey(token, { label: 'twice', id: '11' });
    await hsm.generateKey(token, { label: 'twice', id: '12' });
    await hsm.generateKey(token, { label: 'verifies', maySign: false });
    await hsm.generateKey(token, { label: 'leaky', extractable: true });
    const cases: readonly (readonly [string, RegExp])[] = [
      [hsm.uri(token, 'absent'), /^key_not_found: /],
      [hsm.uri(token, 'rsa'), /^key_unsuitable: the key is of another type/],
      [hsm.uri(token, 'twice'), /^key_ambiguous: /],
      [hsm.uri(token, 'verifies'), /^key_unsuitable: .*CKA_SIGN/],
      [uri.replace('token=main', 'token=other'), /^token_not_found: /],
      [uri.replace('token=main', 'token=main;serial=0'), /^token_not_found: /],
      [uri.replace(hsm.modulePath, '/nowhere/p11.so'), /^pkcs11_module_unusable: "\/nowhere\/p11.so"/],
      [uri.replace(hsm.modulePath, hsm.configurationPath), /^pkcs11_module_unusable: /],
    ];
    for (const [bad, detail] of cases) {
      expect([bad, await openSigner(bad)]).toMatchObject([
        bad,
        { ok: false, code: 'key_invalid', detail: expect.stringMatching(detail) },
      ]);
    }
    const chosen = hsm.uri(token, 'twice').replace('object=twice', 'object=twice;id=%12');
    expect(await (await open(chosen)).health()).toEqual({ ok: true });
    expect((await open(hsm.uri(token, 'leaky'))).capabilities.custodian).toMatch(/give the key out/);
    expect((await open()).capabilities.custodian).toBe('PKCS#11 token "main" (SoftHSM v2)');
  });

  test('the PIN: its file must be private and hold it; a wrong one is tried once, and never shown', async () => {
    const pinFile = (content: string, mode: number): string => {
      const path = join(hsm.configurationPath, '..', `${Math.random()}.pin`);
      writeFileSync(path, content, { mode });
      chmodSync(path, mode);
      return uri.replace(token.pinPath, path);
    };
    const wrong = String(Number(token.pin) + 1);
    const cases: readonly (readonly [string, RegExp])[] = [
      [pinFile(token.pin, 0o644), /^pin_missing: key_permissions: /],
      [pinFile('\n', 0o600), /^pin_missing: /],
      [pinFile(wrong, 0o600), /^pin_refused: /],
      [uri.replace(/&pin-source=.*/, ''), /^pin_missing: .*pin-source/],
    ];
    for (const [bad, detail] of cases) {
      const result = await openSigner(bad);
      expect(result).toMatchObject({ ok: false, code: 'key_invalid', detail: expect.stringMatching(detail) });
      expect(JSON.stringify(result)).not.toMatch(new RegExp(`${token.pin}|${wrong}`));
    }
    const asked: string[] = [];
    const signer = await open(uri.replace(/&pin-source=.*/, ''), {
      askPin: async (label) => {
        asked.push(label);
        return token.pin;
      },
    });
    const raw = await library();
    raw.C_CloseAllSessions(slotOf(raw, 'main'));
    expect(await signer.health()).toEqual({ ok: true });
    expect(asked).toEqual(['main']);
  });

  test('a PIN that is refused after a reset is not tried again: tries lock tokens', async () => {
    const path = join(hsm.configurationPath, '..', 'changing.pin');
    writeFileSync(path, token.pin, { mode: 0o600 });
    const signer = await open(uri.replace(token.pinPath, path));
    writeFileSync(path, 'wrong-pin');
    const raw = await library();
    raw.C_CloseAllSessions(slotOf(raw, 'main'));
    expect(await signer.health()).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^pin_refused: /),
    });
    writeFileSync(path, token.pin);
    expect(await signer.health()).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^pin_refused: /),
    });
    await signer.close();
    expect(await (await open()).health()).toEqual({ ok: true });
  });
});

/** Both halves of a pair, in a session that the signer's login covers. */
function destroy(raw: RawCryptoki, label: string): void {
  const session = raw.C_OpenSession(slotOf(raw, 'main'), 6);
  raw.C_FindObjectsInit(session, [{ type: 3, value: label }]);
  const objects = raw.C_FindObjects(session, 4);
  raw.C_FindObjectsFinal(session);
  for (const object of objects) raw.C_DestroyObject(session, object);
  raw.C_CloseSession(session);
}
