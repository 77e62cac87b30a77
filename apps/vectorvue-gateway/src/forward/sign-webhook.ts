import { createHmac } from 'node:crypto';
import { isCustodianUri, openSigner, readSecretFile, type Signer } from '@nyxera/federation-key-custody';
import { encodeBase64 } from '@nyxera/federation-protocol';

/**
 * Signs bodies as Standard Webhooks 1.0.0 has it, for which receivers find libraries: over `id.timestamp.body`,
 * `v1,` HMAC-SHA256 or `v1a,` Ed25519, both in base64. The timestamp is of the attempt, so that a receiver can refuse
 * an old recording; the id is of the content, so that it can tell a retry.
 */
export interface WebhookSigner {
  headers(id: string, timestampSeconds: number, body: Uint8Array): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export type WebhookSignature = { readonly hmac_secret_file: string } | { readonly ed25519_key: string };

/** Bytes of an HMAC secret; the standard's own bounds. */
const SECRET_BYTES = { min: 24, max: 64 } as const;

export async function openWebhookSigner(
  settings: WebhookSignature,
  problem: (member: string, text: string) => void,
): Promise<WebhookSigner | null> {
  if ('ed25519_key' in settings) {
    const opened = await openSigner(settings.ed25519_key);
    if (opened.ok) return signedByKey(opened.value);
    const why = isCustodianUri(settings.ed25519_key) ? opened.detail : opened.code;
    problem('ed25519_key', `is refused (${why})`);
    return null;
  }
  const secret = await readHmacSecret(settings.hmac_secret_file);
  if (typeof secret === 'string') {
    problem('hmac_secret_file', secret);
    return null;
  }
  return signedBySecret(secret);
}

function signedByKey(signer: Signer): WebhookSigner {
  return {
    headers: async (id, timestamp, body) => {
      const signature = encodeBase64(await signer.sign(signedContent(id, timestamp, body)));
      return signedHeaders(id, timestamp, `v1a,${signature}`);
    },
    close: () => signer.close(),
  };
}

function signedBySecret(secret: Uint8Array): WebhookSigner {
  return {
    headers: async (id, timestamp, body) => {
      const mac = createHmac('sha256', secret)
        .update(signedContent(id, timestamp, body))
        .digest('base64');
      return signedHeaders(id, timestamp, `v1,${mac}`);
    },
    close: async () => {
      secret.fill(0);
    },
  };
}

function signedHeaders(id: string, timestamp: number, signature: string) {
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
}

/** The id has no `.` in it, so no two messages have the same content. */
function signedContent(id: string, timestamp: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`, 'utf8'), body]);
}

/** The secret's bytes, or what is wrong with the file. */
async function readHmacSecret(path: string): Promise<Uint8Array | string> {
  const file = await readSecretFile(path);
  if (!file.ok) {
    return file.code === 'key_permissions' ? 'can be read by others; chmod it to 0600' : 'cannot be read';
  }
  const text = new TextDecoder().decode(file.value).trim();
  file.value.fill(0);
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (encoded === undefined) return 'must hold whsec_ and base64';
  const secret = Buffer.from(encoded, 'base64');
  if (secret.length < SECRET_BYTES.min || secret.length > SECRET_BYTES.max) {
    return `must hold ${SECRET_BYTES.min} to ${SECRET_BYTES.max} bytes`;
  }
  return new Uint8Array(secret);
}
