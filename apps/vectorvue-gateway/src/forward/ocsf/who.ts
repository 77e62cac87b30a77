import type { ForwardEntry, JsonRecord } from '../entry.ts';

/** The service identity, an operator's login (`cli:…`), the environment, or a stranger. */
export function actorOf(entry: ForwardEntry): JsonRecord {
  return { user: userOf(entry), app_name: entry.actor };
}

export function userOf(entry: ForwardEntry): JsonRecord {
  return {
    name: entry.actor,
    // Who the service spoke for, where a mapping was established.
    ...(entry.operatorId === null ? {} : { uid: entry.operatorId }),
    ...(entry.tenantId === null ? {} : { org: { uid: entry.tenantId } }),
  };
}

/** Where it came from. The certificate of the socket is what identifies a peer; an address is known of refusals only. */
export function endpointOf(entry: ForwardEntry): JsonRecord {
  return {
    svc_name: entry.actor,
    ...(entry.peerSha256 === null ? {} : { uid: entry.peerSha256 }),
    ...(entry.clientAddress === null ? {} : { ip: entry.clientAddress }),
  };
}
