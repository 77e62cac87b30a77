import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { formatVerifierKey, NOTE_ED25519, toJwk } from '@nyxera/federation-protocol';
import { createIntegrator } from '../../src/audit/integrate.ts';
import { newSigner, ORIGIN, trustKey } from '../audit/log-fixture.ts';
import { makeKey } from '../trust/make-keys.ts';
import { peerFile } from '../trust/make-peer-file.ts';
import { describeCommands } from './stores.ts';

jest.setTimeout(120_000);

describeCommands('peer files and the log', (run, store) => {
  const log = newSigner();
  const file = (name: string): string => join(store().dataDir, name);
  const verifierKey = (key = log): string =>
    formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: key.key });

  /** Shows first what would be done, as an operator sees it. */
  async function shown(identity: string, witness = makeKey()) {
    const key = makeKey();
    const peer = peerFile({ key, identity, operator: `op-${identity}` });
    const keys = [...peer.keys, toJwk(witness.key, { use: 'sig', purpose: ['witness'] })];
    writeFileSync(file(`${identity}.json`), JSON.stringify({ ...peer, keys }));
    return { ran: await run('peer', 'add', file(`${identity}.json`), '--json'), witness };
  }

  async function added(identity: string) {
    const { ran: first, witness } = await shown(identity);
    const confirmed = [
      '--confirm-fingerprint',
      first.json.fingerprint,
      '--out',
      file(`${identity}-gateway.json`),
    ];
    return { ran: await run('peer', 'add', file(`${identity}.json`), ...confirmed, '--json'), witness };
  }

  test('before a checkpoint the answer names no log, and says so', async () => {
    const { ran } = await added('early');
    expect(ran).toMatchObject({ exitCode: 0, json: { ok: true } });
    expect(ran.json.gateway_peer).not.toHaveProperty('audit_log');
  });

  test('a witness key is registered for this purpose alone, and the answer names the log and its living keys', async () => {
    const retired = newSigner();
    await trustKey(store().db, 'audit', retired);
    await trustKey(store().db, 'audit', log);
    await run(
      'key',
      'revoke',
      retired.key.kid,
      '--identity',
      '@gateway',
      '--purpose',
      'audit',
      '--reason',
      'leaked',
    );
    await createIntegrator({ db: store().db, origin: ORIGIN, signer: log.signer, now: Date.now }).integrate();
    const { ran, witness } = await added('watcher');
    expect(ran.json.changes).toContain('key.import.witness');
    const { keys } = (await run('key', 'list', '--identity', 'watcher', '--json')).json;
    expect(keys.filter((key: { kid: string }) => key.kid === witness.key.kid)).toMatchObject([
      { purpose: 'witness', state: 'active' },
    ]);
    const answer = JSON.parse(readFileSync(file('watcher-gateway.json'), 'utf8'));
    expect(answer.audit_log).toEqual({ origin: ORIGIN, verifier_keys: [verifierKey()] });
  });

  test('a key that signs for somebody already is refused as a witness', async () => {
    const { ran } = await shown('borrower', { ...makeKey(), key: log.key });
    expect(ran).toMatchObject({ exitCode: 2, json: { error: { code: 'key_purpose_taken' } } });
  });
});
