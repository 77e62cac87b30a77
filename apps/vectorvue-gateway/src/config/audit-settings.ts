import { X509Certificate } from 'node:crypto';
import { isKeyName } from '@nyxera/federation-protocol';
import { LARGEST_CHECKPOINT_INPUT, whyNotSigning } from './check-signer.ts';
import type { AuditSettings } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const KEY = 'VV_TG_AUDIT_ED25519_KEY_PATH';
const ORIGIN = 'VV_TG_AUDIT_LOG_ORIGIN';
const MAX_ORIGIN_LENGTH = 255;

/**
 * The key that signs checkpoints of the audit log, and the name of the log (PROTOCOL.md section 19). The name is for
 * ever: without one of its own it is the first DNS name of the gateway's certificate and `/audit`.
 * @returns null where no key is configured: entries are written all the same, and nothing is signed over them.
 */
export async function readAuditSettings(
  settings: Settings,
  certificatePem: string,
): Promise<AuditSettings | null> {
  const uri = settings.text(KEY);
  const origin = settings.text(ORIGIN);
  if (uri === null) {
    if (origin !== null) settings.fault(KEY, `is required where ${ORIGIN} is set`);
    else
      settings.warnings.push(
        `no ${KEY}: the audit log has no signed checkpoints, and no peer can witness it`,
      );
    return null;
  }
  const why = await whyNotSigning(uri, LARGEST_CHECKPOINT_INPUT);
  if (why !== null) settings.fault(KEY, `names a key that is refused: ${why}`);
  return { uri, origin: checkedOrigin(settings, origin ?? nameOf(certificatePem)) };
}

function checkedOrigin(settings: Settings, origin: string | null): string {
  if (origin === null) {
    settings.fault(ORIGIN, 'is required: the certificate has no DNS name to take it from');
    return '';
  }
  if (origin.length > MAX_ORIGIN_LENGTH || !isKeyName(origin)) {
    settings.fault(
      ORIGIN,
      `must be a name without spaces and plus signs, at most ${MAX_ORIGIN_LENGTH} characters`,
    );
  }
  return origin;
}

function nameOf(certificatePem: string): string | null {
  try {
    const names = new X509Certificate(certificatePem).subjectAltName ?? '';
    const [, dns] = /(?:^|, )DNS:([A-Za-z0-9._-]+)(?:,|$)/.exec(names) ?? [];
    return dns === undefined ? null : `${dns}/audit`;
  } catch {
    // The certificate has its own fault by now.
    return null;
  }
}
