import { createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { requestSignatureInput } from '@nyxera/federation-protocol';
import { CAMPAIGN, type EventSource, eventId, IDENTITY, OPERATOR, TENANT } from './source-events.ts';

export const TELEMETRY = '/internal/v1/telemetry';
export const BATCH = '/internal/v1/telemetry/batch';

export interface RequestMaker {
  /** One whole HTTP request, head and body, freshly signed. `batch` null: a single event. */
  next(batch: number | null): Buffer;
  /** Events prepared so far. */
  readonly made: number;
}

/**
 * Requests as bytes on the wire. The bodies are put together from canonical pieces (PROTOCOL.md section 10,
 * compat form; members in the order of their keys); were a piece out of place, the gateway would answer 422.
 */
export function createRequestMaker(
  source: EventSource,
  run: string,
  options: { readonly signingKeyPath: string; readonly certificateSha256: string },
): RequestMaker {
  const key = createPrivateKey(readFileSync(options.signingKeyPath));
  const names = `"operator_id":"${OPERATOR}"`;
  const metadata = `"signed_metadata":{"campaign_id":"${CAMPAIGN}",${names},"tenant_id":"${TENANT}"}`;
  let made = 0;

  const nextEvent = (): { executionHash: string; payload: string } => {
    const event = source.events[made % source.events.length];
    if (event === undefined) throw new Error('the source has no events');
    const payload = `${event.before}${eventId(run, made)}${event.after}`;
    made += 1;
    return { executionHash: event.executionHash, payload };
  };
  const single = (nonce: string, timestamp: number): string => {
    const { executionHash, payload } = nextEvent();
    return `{"campaign_id":"${CAMPAIGN}","execution_hash":"${executionHash}","nonce":"${nonce}",${names},"payload":${payload},${metadata},"tenant_id":"${TENANT}","timestamp":${timestamp}}`;
  };
  const many = (count: number, nonce: string, timestamp: number): string => {
    const items = Array.from({ length: count }, () => {
      const { executionHash, payload } = nextEvent();
      return `{"execution_hash":"${executionHash}","payload":${payload}}`;
    });
    return `{"campaign_id":"${CAMPAIGN}","items":[${items.join(',')}],"nonce":"${nonce}",${names},${metadata},"tenant_id":"${TENANT}","timestamp":${timestamp}}`;
  };
  return {
    next(batch) {
      const timestamp = Math.floor(Date.now() / 1000);
      const nonce = randomBytes(18).toString('base64url');
      const body = Buffer.from(
        batch === null ? single(nonce, timestamp) : many(batch, nonce, timestamp),
        'ascii',
      );
      const path = batch === null ? TELEMETRY : BATCH;
      return Buffer.concat([head(path, body, timestamp, nonce, key, options.certificateSha256), body]);
    },
    get made() {
      return made;
    },
  };
}

function head(
  path: string,
  body: Buffer,
  timestamp: number,
  nonce: string,
  key: KeyObject,
  certificateSha256: string,
): Buffer {
  const signature = sign(null, requestSignatureInput(timestamp, nonce, body), key).toString('base64');
  return Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      `X-Service-Identity: ${IDENTITY}`,
      `X-Client-Cert-Sha256: ${certificateSha256}`,
      `X-Telemetry-Timestamp: ${timestamp}`,
      `X-Telemetry-Nonce: ${nonce}`,
      `X-Telemetry-Signature: ${signature}`,
      '\r\n',
    ].join('\r\n'),
    'latin1',
  );
}
