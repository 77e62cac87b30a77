import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expiryOf, nextFiles, pinOf, readCertificates } from '@nyxera/federation-certificates';
import { openSigner } from '@nyxera/federation-key-custody';
import type { AskPin, FeedbackConfig } from '../../config.ts';
import { type Check, fail, ok, validity, warn } from './check.ts';

/** The signing keys (they sign, now) and the client certificate. */
export async function checkKeys(
  config: FeedbackConfig,
  nowMs: number,
  askPin?: AskPin,
): Promise<readonly Check[]> {
  const certificate = new X509Certificate(readFileSync(config.tls.certFile));
  const { caFile } = config.tls;
  return [
    await signingKey('signing key', config.signingKeyUri, askPin),
    ...(config.evidenceKeyUri === config.signingKeyUri
      ? []
      : [await signingKey('evidence key', config.evidenceKeyUri, askPin)]),
    ...(config.witnessKeyUri === null ? [] : [await signingKey('witness key', config.witnessKeyUri, askPin)]),
    ok('client certificate', `pin ${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`),
    validity(
      'client certificate validity',
      Date.parse(certificate.validFrom),
      Date.parse(certificate.validTo),
      nowMs,
    ),
    ...(caFile === null ? [] : authorityChecks(caFile, nowMs)),
    ...stagedCheck(config),
  ];
}

function authorityChecks(caFile: string, nowMs: number): readonly Check[] {
  const read = readCertificates(readFileSync(caFile, 'utf8'));
  if (!read.ok) return [fail('CA validity', `${read.code}: ${read.detail}`, 'ask the gateway for its CA')];
  return read.value.map((ca) => validity('CA validity', Date.parse(ca.validFrom), expiryOf(ca), nowMs));
}

/** What `certs renew` has made and not switched to. */
function stagedCheck({ tls, serviceIdentity }: FeedbackConfig): readonly Check[] {
  const { certFile } = nextFiles(tls);
  if (!existsSync(certFile)) return [];
  const read = readCertificates(readFileSync(certFile, 'utf8'));
  const pin = read.ok && read.value[0] !== undefined ? pinOf(read.value[0]) : 'not readable';
  const advice = `vectorvue-gateway identity pin ${serviceIdentity} --next ${pin}, then certs renew again`;
  return [warn('staged certificate', `pin ${pin}`, advice)];
}

async function signingKey(name: string, uri: string, askPin: AskPin | undefined): Promise<Check> {
  const signer = await openSigner(uri, { askPin });
  if (!signer.ok) return fail(name, signer.detail, 'see the message; init makes a key where none is');
  try {
    const health = await signer.value.health();
    return health.ok
      ? ok(name, `signs as kid ${await signer.value.kid()}, from ${signer.value.capabilities.custodian}`)
      : fail(name, health.reason, 'the key is there and cannot sign: look at the device or service');
  } finally {
    await signer.value.close();
  }
}
