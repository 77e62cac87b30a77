import type { Sample } from './read-metrics.ts';
import { ENDS_SOON_MS } from './warn-of-trust.ts';
import { DAY_MS, describeSpan, type Warning } from './warning.ts';

export const EXPIRY_METRIC = 'vectorvue_certificate_expiry_seconds';

const NAMES: Readonly<Record<string, string>> = {
  server: 'The certificate of this gateway',
  chain: 'A certificate of the chain of this gateway',
  ca: 'A client CA',
  client: 'The certificate',
};

/** What the running processes know: reasons against being ready, and what their handshakes rest on. About no tenant. */
export function warnOfProcess(
  reasons: readonly string[],
  samples: readonly Sample[],
  nowMs: number,
): readonly Warning[] {
  return [
    ...reasons.map(
      (reason): Warning => ({
        kind: 'not_ready',
        severity: 'critical',
        subject: '',
        text: `Not ready: ${reason}`,
        advice: 'Until this is over a balancer sends no agent here; vectorvue-gateway doctor looks further.',
        tenants: null,
        atMs: null,
      }),
    ),
    ...samples.flatMap((sample) => expiryWarning(sample, nowMs) ?? []),
  ];
}

function expiryWarning({ name, labels, value }: Sample, nowMs: number): Warning | null {
  if (name !== EXPIRY_METRIC) return null;
  const { what = '', identity = '', sha256 = '' } = labels;
  const leftMs = value * 1000;
  const shared = { tenants: null, atMs: nowMs + leftMs } as const;
  const when = leftMs > 0 ? `ends in ${describeSpan(leftMs)}` : `ended ${describeSpan(-leftMs)} ago`;
  if (what === 'crl') {
    if (leftMs > DAY_MS) return null;
    return {
      ...shared,
      kind: 'revocation_list_ends',
      severity: 'critical',
      subject: sha256,
      text: `A revocation list ${when}: then no client of that CA gets in`,
      advice: 'Fetch the next list from the CA; the gateway takes it by itself when the file changes.',
    };
  }
  if (leftMs > ENDS_SOON_MS) return null;
  const own = what !== 'client';
  return {
    ...shared,
    kind: 'certificate_ends',
    severity: leftMs < 2 * DAY_MS && own ? 'critical' : 'warning',
    subject: own ? sha256 : identity,
    text: `${NAMES[what] ?? 'A certificate'}${own ? '' : ` of ${identity}`} ${when}`,
    advice: own
      ? 'Renew it (certs renew, or your CA) and replace the file: the gateway loads it by itself.'
      : 'Have the agent renew it, and pin the new one before the old one ends (identity pin).',
  };
}
