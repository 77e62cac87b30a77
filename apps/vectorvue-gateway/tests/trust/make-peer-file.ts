import { toJwk } from '@nyxera/federation-protocol';
import { makePin, TENANT_A, type TestKey } from './make-keys.ts';

/** What an agent's `init` writes. */
export function peerFile(options: {
  key: TestKey;
  identity?: string;
  operator?: string;
  tenant?: string;
  pin?: string | null;
}) {
  const { key, identity = 'agent-1', operator = 'op-peer', tenant = TENANT_A } = options;
  return {
    v: 1,
    identity,
    operator_id: operator,
    tenant_id: tenant,
    certificate_sha256: options.pin === undefined ? makePin(identity) : options.pin,
    keys: [{ ...toJwk(key.key, { use: 'sig', purpose: ['telemetry', 'evidence'] }) }],
  };
}
