import { openSigner, readSecretFile } from '@nyxera/federation-key-custody';
import { LARGEST_CHECKPOINT_INPUT, LARGEST_FEEDBACK_INPUT } from '../../config/check-signer.ts';
import { readJsonObject } from '../../config/json-setting.ts';
import { Settings, type Variables } from '../../config/settings.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';

const TLS_KEY = 'VV_SERVICE_IDENTITY_KEY_PATH';
const FEEDBACK = 'VV_TG_FEEDBACK_ED25519_KEYS_JSON';
const AUDIT = 'VV_TG_AUDIT_ED25519_KEY_PATH';

/** The TLS key's file, and a signature with each feedback key and the audit key. */
export async function checkKeys(variables: Variables): Promise<readonly Check[]> {
  return [await tlsKey(variables[TLS_KEY]), ...(await feedbackKeys(variables)), await auditKey(variables)];
}

async function tlsKey(path: string | undefined): Promise<Check> {
  if (path === undefined || path.trim() === '') return skipped('TLS key file', `${TLS_KEY} is not set`);
  const secret = await readSecretFile(path.trim());
  return secret.ok
    ? ok('TLS key file', 'readable by its owner only')
    : faulty('TLS key file', secret.code, secret.detail);
}

async function feedbackKeys(variables: Variables): Promise<readonly Check[]> {
  const settings = new Settings(variables);
  const keys = Object.entries(readJsonObject(settings, FEEDBACK, 'kid -> path') ?? {});
  if (settings.faults.length > 0)
    return [faulty('feedback key', `${FEEDBACK} is not usable`, `set ${FEEDBACK}`)];
  if (keys.length === 0) {
    return [
      warning('feedback key', 'none is configured', `set ${FEEDBACK}; without it feedback queries get 503`),
    ];
  }
  return Promise.all(
    keys.map(([kid, uri]) =>
      signingKey(`feedback key ${kid}`, typeof uri === 'string' ? uri : '', LARGEST_FEEDBACK_INPUT),
    ),
  );
}

async function auditKey(variables: Variables): Promise<Check> {
  const uri = new Settings(variables).text(AUDIT);
  if (uri !== null) return signingKey('audit key', uri, LARGEST_CHECKPOINT_INPUT);
  return warning(
    'audit key',
    'none is configured',
    `set ${AUDIT}; without it nobody can check the audit log`,
  );
}

/** Signs, also a message of that size. `thumbprint`: of the key that it has to be; null: any. */
export async function signingKey(
  name: string,
  uri: string,
  largestInputBytes: number,
  thumbprint: string | null = null,
): Promise<Check> {
  const opened = await openSigner(uri, { largestInputBytes });
  if (!opened.ok) return faulty(name, opened.code, opened.detail);
  try {
    if (thumbprint !== null && (await opened.value.kid()) !== thumbprint) {
      return faulty(name, 'another key', 'what is found there is not the key of this name');
    }
    const health = await opened.value.health();
    const { custodian } = opened.value.capabilities;
    return health.ok
      ? ok(name, `signs, from ${custodian}`)
      : faulty(name, `does not sign, in ${custodian}`, health.reason);
  } finally {
    await opened.value.close();
  }
}
