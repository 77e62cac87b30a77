import { LARGEST_FEEDBACK_INPUT } from '../../config/check-signer.ts';
import { loadStoreSettings } from '../../config.ts';
import { thumbprintOf } from '../../trust/change-key.ts';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { keyList } from '../commands/key-list.ts';
import type { CliIo } from '../io.ts';
import { runStoreCommand } from '../run-store-command.ts';
import { signingKey } from './check-keys.ts';
import { type Check, faulty } from './doctor-command.ts';

interface KeptKey {
  readonly kid: string;
  readonly state: string;
  readonly signer_uri: string | null;
  readonly public_key: string;
}

/**
 * A signature with each feedback key of the keyring that this gateway has to open (`key generate`), from here: a file
 * that lies on another machine is found before a tenant waits for its feedback. What is wrong with the database is not
 * told again.
 */
export async function checkKeptSigners(io: CliIo): Promise<readonly Check[]> {
  const store = loadStoreSettings(io.environment);
  if (!store.ok) return [];
  const asked = { identity: GATEWAY_OWNER, purpose: 'feedback' };
  const listed = await runStoreCommand(io, store.value, keyList, asked).catch(() => null);
  const keys = (listed?.json.keys ?? []) as unknown as readonly KeptKey[];
  const checks: Check[] = [];
  for (const { kid, state, signer_uri: uri, public_key: text } of keys) {
    if (uri === null || state === 'revoked' || state === 'retiring') continue;
    const name = `feedback key ${kid}`;
    const thumbprint = thumbprintOf({ public_key: Buffer.from(text, 'base64') });
    checks.push(
      await signingKey(name, uri, LARGEST_FEEDBACK_INPUT, thumbprint).catch(() =>
        faulty(name, 'does not open', uri),
      ),
    );
  }
  return checks;
}
