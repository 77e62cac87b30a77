import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Patch, patchedBuild, patchedModules } from '@nyxera/federation-testing/patched-build';

/** Bugs of the kinds that this suite is for. Each is in a copy of a built program that only the tests make. */
const GATEWAY = {
  'skip-canonical-check': {
    file: 'dist/accept/parse-body.js',
    place: 'if (requireCanonicalJson &&',
    planted: 'if (false &&',
  },
  'skip-header-agreement': {
    file: 'dist/accept/check-agreement.js',
    place: 'body.nonce === signed.claim.nonce',
    planted: 'body.nonce === signed.claim.nonce || true',
  },
  'throw-on-right-to-left': {
    file: 'dist/accept/to-event.js',
    place: 'const normalised = normalisePayload(payload);',
    planted: `const normalised = normalisePayload(payload);
    if (JSON.stringify(payload).includes('\\u202e')) throw new Error('planted');`,
  },
  // 64 KiB of every request are never let go.
  'keep-every-body': {
    file: 'dist/accept/parse-body.js',
    place: 'const parsed = parseStrictJson(dossier.request.body);',
    planted: `const parsed = parseStrictJson(dossier.request.body);
    (globalThis.planted ??= []).push(Buffer.alloc(65536, dossier.request.body));`,
  },
} satisfies Record<string, Patch>;

const AGENT = {
  'skip-binding-check': {
    file: 'dist/feedback/accept-feedback.js',
    place: 'requireBinding: context.requireBinding,',
    planted: 'requireBinding: false,',
  },
  'forget-the-nonce': {
    file: 'dist/feedback/accept-feedback.js',
    place: 'if (!claimFeedbackNonce(',
    planted: 'if (false && !claimFeedbackNonce(',
  },
  'throw-on-deep-value': {
    file: 'dist/intake/new-event.js',
    place: 'return {',
    planted: `const depth = (value) => typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
    if (depth(payload) > 30) throw new Error('planted');
    return {`,
  },
} satisfies Record<string, Patch>;

export type GatewayBug = keyof typeof GATEWAY;
export type AgentBug = keyof typeof AGENT;

const app = (name: string): string => fileURLToPath(new URL(`../../../apps/${name}`, import.meta.url));

/** The directory of a copy of the built gateway with that bug in it, below `directory`. */
export function plantInGateway(bug: GatewayBug, directory: string): string {
  return patchedBuild(app('vectorvue-gateway'), join(directory, `gateway-${bug}`), GATEWAY[bug]);
}

/** Likewise, of the built agent's modules. */
export function plantInAgent(bug: AgentBug, directory: string): string {
  return patchedModules(app('spectrastrike-agent'), join(directory, `agent-${bug}`), AGENT[bug]);
}
