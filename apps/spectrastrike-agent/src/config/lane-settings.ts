import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Settings } from './settings.ts';

/** Any UUID version, any case; carried verbatim, because it is signed verbatim (PROTOCOL.md section 7). */
const TENANT_ID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;
const MAX_ID_LENGTH = 128;

/** `SPECTRASTRIKE_DATA_DIR`, else the XDG state directory (a relative XDG_STATE_HOME is ignored, as XDG says). */
export function readDataDir(settings: Settings): string {
  const explicit = settings.find('SPECTRASTRIKE_DATA_DIR');
  if (explicit !== null) return resolve(explicit.value);
  const xdg = settings.find('XDG_STATE_HOME')?.value;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'spectrastrike-agent');
  return join(settings.find('HOME')?.value ?? homedir(), '.local', 'state', 'spectrastrike-agent');
}

/**
 * The gateway's base URL without a trailing slash: it is the lane's name in the spool, so two spellings of one
 * gateway must not become two lanes. `http:` is refused by its own code (PROTOCOL.md section 1).
 */
export function readGatewayUrl(settings: Settings): string | null {
  const setting = settings.require('VECTORVUE_FEDERATION_URL', 'VECTORVUE_BASE_URL');
  if (setting === null) return null;
  const { variable, value } = setting;
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return settings.fault(variable, 'is not a URL (expected https://host:port)');
  }
  if (url.protocol === 'http:') {
    return settings.fault(
      variable,
      'is an http: URL: only https: is used, never plain HTTP',
      'insecure_transport',
    );
  }
  if (url.protocol !== 'https:')
    return settings.fault(variable, 'is not an https: URL', 'insecure_transport');
  if (url.username !== '' || url.password !== '')
    return settings.fault(variable, 'must not hold a user or password');
  if (url.search !== '' || url.hash !== '')
    return settings.fault(variable, 'must not hold a query or fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

export function readOperatorId(settings: Settings): string | null {
  const setting = settings.require('VECTORVUE_FEDERATION_OPERATOR_ID');
  if (setting === null) return null;
  if ([...setting.value].length <= MAX_ID_LENGTH) return setting.value;
  return settings.fault(setting.variable, `is longer than ${MAX_ID_LENGTH} characters`);
}

export function readTenantId(settings: Settings): string | null {
  const setting = settings.require('VECTORVUE_FEDERATION_TENANT_ID');
  if (setting === null) return null;
  return TENANT_ID.test(setting.value)
    ? setting.value
    : settings.fault(setting.variable, 'is not a tenant id (8-4-4-4-12 hex digits)');
}

export function readServiceIdentity(settings: Settings): string | null {
  const setting = settings.require('VECTORVUE_FEDERATION_SERVICE_IDENTITY');
  if (setting === null) return null;
  return VISIBLE_ASCII.test(setting.value)
    ? setting.value
    : settings.fault(setting.variable, 'is not 1 to 128 visible ASCII characters');
}

/** Default 1.0. */
export function readSchemaVersion(settings: Settings): string {
  const setting = settings.find('VECTORVUE_FEDERATION_SCHEMA_VERSION');
  if (setting === null) return '1.0';
  if (!VISIBLE_ASCII.test(setting.value)) settings.fault(setting.variable, 'is not a version such as 1.0');
  return setting.value;
}
