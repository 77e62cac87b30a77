import { importPublicKey, isJsonObject, isKid, type JsonValue } from '@nyxera/federation-protocol';
import type { DeclaredIdentity, DeclaredKey, DeclaredTrust } from './gateway-config.ts';
import { readJsonObject } from './json-setting.ts';
import type { Settings } from './settings.ts';

const IDENTITIES = 'VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON';
const TELEMETRY_KEY = 'VV_TG_SPECTRASTRIKE_ED25519_PUBKEY';
const EVIDENCE_KEY = 'VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY';
const OPERATORS = 'VV_TG_OPERATOR_TENANT_MAP';

const IDENTITY = /^[\x21-\x7e]{1,128}$/;
const PIN = /^[0-9a-fA-F]{64}$/;
export const TENANT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Identities, keys and mappings that the environment declares (PROTOCOL.md sections 2, 15 and 16). */
export function readDeclaredTrust(settings: Settings): DeclaredTrust {
  const telemetry = readKeys(settings, TELEMETRY_KEY, 'telemetry');
  const evidence =
    settings.text(EVIDENCE_KEY) === null
      ? telemetry.map((key): DeclaredKey => ({ ...key, purpose: 'evidence' }))
      : readKeys(settings, EVIDENCE_KEY, 'evidence');
  return {
    identities: readIdentities(settings),
    keys: [...telemetry, ...evidence],
    operatorTenants: readOperators(settings),
  };
}

function readIdentities(settings: Settings): DeclaredIdentity[] {
  const object = readJsonObject(
    settings,
    IDENTITIES,
    'identity -> pin, pins or {"pins","operators","tenants"}',
  );
  const identities: DeclaredIdentity[] = [];
  for (const [identity, value] of Object.entries(object ?? {})) {
    const where = `the identity ${JSON.stringify(identity)}`;
    if (!IDENTITY.test(identity)) {
      settings.fault(IDENTITIES, `${where} must be 1 to 128 visible ASCII characters`);
    }
    const declared = isJsonObject(value) ? value : { pins: typeof value === 'string' ? [value] : value };
    for (const member of Object.keys(declared)) {
      if (!['pins', 'operators', 'tenants'].includes(member)) {
        settings.fault(IDENTITIES, `${where} has the unknown member ${JSON.stringify(member)}`);
      }
    }
    const pins = strings(declared.pins);
    if (pins === null || pins.length === 0 || !pins.every((pin) => PIN.test(pin))) {
      settings.fault(IDENTITIES, `${where} needs pins of 64 hexadecimal digits without colons`);
      continue;
    }
    identities.push({
      identity,
      pins: [...new Set(pins.map((pin) => pin.toLowerCase()))],
      operators: limitedTo(settings, where, declared.operators, /^[\s\S]{1,128}$/u, 'operators'),
      tenants:
        limitedTo(settings, where, declared.tenants, TENANT, 'tenants')?.map((id) => id.toLowerCase()) ??
        null,
    });
  }
  return identities;
}

/** null: not limited. An empty list limits to nothing; it is kept, not read as "all". */
function limitedTo(
  settings: Settings,
  where: string,
  value: JsonValue | undefined,
  form: RegExp,
  member: string,
): readonly string[] | null {
  if (value === undefined || value === null) return null;
  const list = strings(value);
  if (list?.every((item) => form.test(item))) return list;
  settings.fault(IDENTITIES, `${where} has ${member} that are not a list of ${member.slice(0, -1)} ids`);
  return [];
}

function readKeys(settings: Settings, name: string, purpose: DeclaredKey['purpose']): DeclaredKey[] {
  const text = settings.text(name);
  if (text === null) return [];
  if (!text.startsWith('{')) return readKey(settings, name, purpose, null, text);
  const object = readJsonObject(settings, name, 'kid -> base64 of 32 bytes');
  return Object.entries(object ?? {}).flatMap(([kid, value]) => {
    if (isKid(kid)) return readKey(settings, name, purpose, kid, value);
    settings.fault(name, `the kid ${JSON.stringify(kid)} must be 1 to 64 of A-Z a-z 0-9 . _ -`);
    return [];
  });
}

/** A lone key is known by its thumbprint. */
function readKey(
  settings: Settings,
  name: string,
  purpose: DeclaredKey['purpose'],
  kid: string | null,
  value: JsonValue,
): DeclaredKey[] {
  const imported = importPublicKey(typeof value === 'string' ? value : '');
  if (imported.ok) return [{ purpose, kid: kid ?? imported.value.kid, key: imported.value }];
  settings.fault(
    name,
    `${kid === null ? 'the key' : `the key of kid ${kid}`} is refused: ${imported.detail}`,
  );
  return [];
}

function readOperators(settings: Settings): DeclaredTrust['operatorTenants'] {
  const object = readJsonObject(settings, OPERATORS, 'operator -> tenant');
  return Object.entries(object ?? {}).flatMap(([operatorId, tenant]) => {
    const where = `the operator ${JSON.stringify(operatorId)}`;
    const length = [...operatorId].length;
    if (length < 1 || length > 128) settings.fault(OPERATORS, `${where} must have 1 to 128 characters`);
    if (typeof tenant === 'string' && TENANT.test(tenant)) {
      return [{ operatorId, tenantId: tenant.toLowerCase() }];
    }
    settings.fault(OPERATORS, `${where} needs a tenant of the form 8-4-4-4-12 hexadecimal digits`);
    return [];
  });
}

function strings(value: JsonValue | undefined): readonly string[] | null {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
}
