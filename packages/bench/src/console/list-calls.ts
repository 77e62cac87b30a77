import { readFileSync } from 'node:fs';
import { IDENTITY, OPERATOR, TENANT } from '../source-events.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>>;
}

/** One that is common, and one that nothing stored has: an index that is missing shows in the latter. */
export type FilterValues = Readonly<Record<string, readonly string[]>>;

/**
 * What is not asked again and again by a view: the doors, and streams. And the signed log: here it is of copies, which no
 * gateway would sign.
 */
const LEFT_OUT = /^\/(?:sign-in|session)|\/live$|^\/audit\/(?:log|chain)$/;

/**
 * Every GET without a name in its path, from the document that the gateway's schemas make: a list plainly, its second page
 * (`{after}`), and with each filter that is known here. So no list can be forgotten.
 */
export function listCalls(document: string, values: FilterValues): readonly string[] {
  const { paths } = JSON.parse(readFileSync(document, 'utf8')) as Document;
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (get === undefined || path.includes('{') || LEFT_OUT.test(path)) return [];
    const parameters = (get.parameters ?? []).filter((one) => one.in === 'query');
    // What names one thing is a detail page's.
    if (parameters.some((one) => one.required === true)) return [];
    const names = parameters.map(({ name }) => name);
    const filtered = names.flatMap((name) =>
      (values[name] ?? []).map((value) => `${path}?${name}=${encodeURIComponent(value)}`),
    );
    const second = names.includes('after') ? [`${path}?after={after}`] : [];
    return [path, ...second, ...filtered];
  });
}

/** Of what is stored. */
export interface Common {
  readonly fingerprint: string;
  readonly technique: string;
}

export function filterValues({ fingerprint, technique }: Common, now: Date): FilterValues {
  const hour = new Date(now.getTime() - 3_600_000).toISOString();
  return {
    tenant: [TENANT],
    campaign: ['cmp-bench-7', 'no-such-campaign'],
    operator: [OPERATOR, 'no-such-operator'],
    severity: ['high', 'low'],
    technique: [technique, 'T1499'],
    fingerprint: [fingerprint, '0'.repeat(64)],
    identity: [IDENTITY, 'no-such-identity'],
    code: ['replay_detected', 'not_authorized'],
    status: ['open', 'suppressed'],
    from: [hour],
    to: [new Date(now.getTime() - 20 * 86_400_000).toISOString()],
  };
}
