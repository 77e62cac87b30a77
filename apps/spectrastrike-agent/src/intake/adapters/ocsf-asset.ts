import { isJsonObject, type JsonObject } from '@nyxera/federation-protocol';
import { type Asset, hostAsset, UNKNOWN_ASSET } from '../asset.ts';
import type { OcsfTraits } from '../attack/sensor-defaults.ts';
import { array, object, present, text } from '../json/members.ts';

/** The first resource by its uid (an ARN, say), else its name; else the device; else the cloud account. */
export function assetOf(record: JsonObject): Asset {
  const resource = resourcesOf(record)[0];
  const uid = text(resource, 'uid') ?? text(resource, 'name');
  if (uid !== undefined) return { assetRef: uid, targetUrn: `urn:target:resource:${uid}` };
  const device = object(record, 'device');
  const host = text(device, 'ip', 'hostname', 'name');
  if (host !== undefined) return hostAsset(host);
  const account = accountOf(record);
  return account === undefined
    ? UNKNOWN_ASSET
    : { assetRef: account, targetUrn: `urn:target:account:${account}` };
}

/** Whose account, and who acted, where the finding says so. */
export function identityOf(record: JsonObject): JsonObject | undefined {
  const user = object(object(record, 'actor'), 'user') ?? object(record, 'user');
  const identity = present({
    account: accountOf(record),
    provider: text(object(record, 'cloud'), 'provider'),
    user: text(user, 'uid', 'name'),
  });
  return Object.keys(identity).length === 0 ? undefined : identity;
}

/** What decides which technique stands in where the finding names none. */
export function traitsOf(record: JsonObject): OcsfTraits {
  const types = resourcesOf(record).map((resource) => text(resource, 'type') ?? '');
  const profiles = array(object(record, 'metadata'), 'profiles');
  return {
    hasVulnerabilities: array(record, 'vulnerabilities').length > 0,
    hasMalware: array(record, 'malware').length > 0,
    isContainer: profiles.includes('container') || types.some((type) => /kubernetes|container/i.test(type)),
    isCloud: object(record, 'cloud') !== undefined,
  };
}

function resourcesOf(record: JsonObject): readonly JsonObject[] {
  const single = object(record, 'resource');
  const listed = array(record, 'resources').filter(isJsonObject);
  return listed.length === 0 && single !== undefined ? [single] : listed;
}

function accountOf(record: JsonObject): string | undefined {
  const cloud = object(record, 'cloud');
  return text(object(cloud, 'account'), 'uid', 'name') ?? text(cloud, 'account_uid');
}
