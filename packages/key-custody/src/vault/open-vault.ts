import { readFile } from 'node:fs/promises';
import { type Result, reject } from '@nyxera/federation-protocol';
import { type Custodian, openCustodianSigner } from '../custodian-signer.ts';
import { describePath } from '../describe-path.ts';
import type { Signer } from '../signer.ts';
import { rejectionOf, SignerFault } from '../signer-fault.ts';
import { type OpenSignerOptions, type SignerTime, systemTime } from '../signer-options.ts';
import { BatchQueue } from './batch-queue.ts';
import { signBatch } from './sign-batch.ts';
import { readTransitKey } from './transit-key.ts';
import { createVaultHttp } from './vault-http.ts';
import { createVaultSession } from './vault-session.ts';
import { VaultToken } from './vault-token.ts';
import { parseVaultUri, type VaultUri } from './vault-uri.ts';

/** Opens the key of a `vault:` URI: Transit of HashiCorp Vault or OpenBao. Rejections as of `openSigner`. */
export async function openVault(uri: string, options: OpenSignerOptions): Promise<Result<Signer>> {
  const parsed = parseVaultUri(uri);
  if (!parsed.ok) return parsed;
  const largest = options.largestInputBytes ?? 0;
  const { maxInputBytes } = parsed.value;
  if (maxInputBytes !== null && largest > maxInputBytes) {
    const text = `max-input says ${maxInputBytes} bytes, and this program may have to sign ${largest}`;
    return reject('key_invalid', `input_too_large: ${text}; sign with a key that has no such limit`);
  }
  try {
    const custodian = await openVaultCustodian(parsed.value, options.time ?? systemTime);
    return await openCustodianSigner(custodian, largest);
  } catch (error) {
    return rejectionOf(error);
  }
}

async function openVaultCustodian(uri: VaultUri, time: SignerTime): Promise<Custodian> {
  const { address, namespace, timeoutMs } = uri;
  const http = createVaultHttp({ address, namespace, timeoutMs, ca: await readCa(uri.caFile) });
  const token = new VaultToken(http, uri.auth, time);
  const close = async (): Promise<void> => {
    await token.close();
    http.close();
  };
  try {
    const session = createVaultSession(http, token, time);
    const key = await readTransitKey(session, uri);
    const queue = new BatchQueue((messages) => signBatch(session, uri, key.version, messages));
    const exportable = key.exportable ? ', and the server would give the key out' : '';
    const custodian = `Vault ${address.origin} ${uri.mount}/keys/${uri.keyName} version ${key.version}${exportable}`;
    return {
      publicKey: key.publicKey,
      capabilities: { custodian, maxInputBytes: uri.maxInputBytes, batch: true },
      sign: (message) => queue.sign(message),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Public, so of any mode. */
async function readCa(path: string | null): Promise<string | null> {
  if (path === null) return null;
  const pem = await readFile(path, 'utf8').catch(() => '');
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new SignerFault('vault_tls_failed', `${describePath(path)} is no readable file of PEM certificates`);
}
