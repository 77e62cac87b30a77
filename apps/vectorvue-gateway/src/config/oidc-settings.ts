import { readSecretFile } from '@nyxera/federation-key-custody';
import { isLoopback } from './listen-address.ts';
import type { Settings } from './settings.ts';

/** An identity provider that people sign in with. */
export interface OidcSettings {
  /** Exactly as the provider writes it into its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  /** Secret; null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
}

const ISSUER = 'VV_TG_CONSOLE_OIDC_ISSUER';
const CLIENT = 'VV_TG_CONSOLE_OIDC_CLIENT_ID';
const SECRET = 'VV_TG_CONSOLE_OIDC_CLIENT_SECRET_PATH';

/** null: none is configured. The code comes back through the browser, so that the listener must speak TLS and have a name. */
export async function readOidcSettings(
  settings: Settings,
  listener: { readonly hasTls: boolean; readonly url: string | null },
): Promise<OidcSettings | null> {
  const issuer = settings.text(ISSUER);
  const clientId = settings.text(CLIENT);
  if (issuer === null) {
    for (const name of [CLIENT, SECRET]) {
      if (settings.text(name) !== null) settings.fault(name, `needs ${ISSUER}`);
    }
    return null;
  }
  if (!isIssuer(issuer))
    settings.fault(ISSUER, 'must be an https: URL (or http: on loopback) without query and fragment');
  if (clientId === null) settings.fault(CLIENT, `is required where ${ISSUER} is set`);
  if (!listener.hasTls)
    settings.fault(ISSUER, 'needs TLS: set VV_TG_CONSOLE_CERT_PATH and VV_TG_CONSOLE_KEY_PATH');
  if (listener.url === null)
    settings.fault(
      'VV_TG_CONSOLE_URL',
      'is required where an identity provider is set: people are sent back there',
    );
  return { issuer, clientId: clientId ?? '', clientSecret: await readSecret(settings) };
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '' || url.username !== '' || text.includes('#')) return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(host));
}

async function readSecret(settings: Settings): Promise<string | null> {
  const path = settings.text(SECRET);
  if (path === null) return null;
  const secret = await readSecretFile(path);
  if (!secret.ok) {
    settings.fault(
      SECRET,
      secret.code === 'key_permissions'
        ? 'names a file that others may read; chmod it to 0600'
        : 'names a file that cannot be read',
    );
    return null;
  }
  const text = new TextDecoder().decode(secret.value).trim();
  if (text === '') settings.fault(SECRET, 'names an empty file');
  return text;
}
