import { sign } from 'node:crypto';
import {
  cosignatureInput,
  cosignatureLine,
  encodeBase64,
  formatNoteSignature,
  getSignatureInput,
  parseNote,
  type TileReader,
  tilePath,
} from '@nyxera/federation-protocol';
import type { TestSigner } from '../audit/log-fixture.ts';
import { type Received, send } from './client.ts';
import { type Federation, IDENTITY } from './federation.ts';
import {
  identityHeaders,
  newNonce,
  nowSeconds,
  type Prepared,
  type SignOptions,
  signed,
} from './requests.ts';

export const AUDIT = '/internal/v1/audit/';

/** A signed GET, as section 19 has it. */
export function signedGet(federation: Federation, name: string, options: SignOptions = {}): Prepared {
  const timestamp = options.timestamp ?? nowSeconds();
  const nonce = options.nonce ?? newNonce();
  const path = `${AUDIT}${name}`;
  const key = options.key ?? federation.telemetry;
  return {
    path,
    headers: [
      ...identityHeaders(federation, options).slice(1),
      ['X-Telemetry-Timestamp', String(timestamp)],
      ['X-Telemetry-Nonce', nonce],
      ['X-Telemetry-Signature', encodeBase64(key.sign(getSignatureInput(timestamp, nonce, path)))],
    ],
    body: Buffer.alloc(0),
  };
}

export function get(
  federation: Federation,
  listen: string,
  name: string,
  options: SignOptions = {},
): Promise<Received> {
  return send(federation, listen, signedGet(federation, name, options), { method: 'GET' });
}

/** Tiles over the federation port, as a witness reads them. */
export function tilesOver(federation: Federation, listen: string): TileReader {
  return async (tile) => {
    const { status, bytes } = await get(federation, listen, tilePath(tile));
    if (status !== 200) throw new Error(`${tilePath(tile)}: ${status}`);
    return new Uint8Array(bytes);
  };
}

export function cosignature(
  federation: Federation,
  note: string,
  witness: TestSigner,
  over: { size?: number; time?: number; name?: string; text?: string } = {},
): Prepared {
  const parsed = parseNote(note);
  if (!parsed.ok) throw new Error(parsed.detail);
  const text = over.text ?? parsed.value.text;
  const size = over.size ?? Number(text.split('\n')[1]);
  const time = over.time ?? nowSeconds();
  const signature = new Uint8Array(sign(null, cosignatureInput(text, time), witness.privateKey));
  const line = formatNoteSignature(cosignatureLine(over.name ?? IDENTITY, witness.key, time, signature));
  return signed(federation, `${AUDIT}cosignature`, (timestamp, nonce) => ({
    size,
    cosignature: line.slice(0, -1),
    timestamp,
    nonce,
  }));
}
