import { z } from 'zod';
import { readForwardStatus } from '../../forward/read-status.ts';
import { listRules } from '../../retention/retention-rule.ts';
import { tenantId } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { readMetrics } from '../overview/read-metrics.ts';
import { ALL_TENANTS_ROLES, EVERY_ROLE } from '../roles.ts';
import { iso, whole } from './pages.ts';
import { momentOrNull } from './schemas.ts';

const EXPIRY_METRIC = 'vectorvue_certificate_expiry_seconds';

/** What the handshakes of this gateway rest on, as its processes say it: the same number as the metric. */
export const certificatesRoute = listRoute({
  id: 'trustCertificates',
  path: '/trust/certificates',
  summary:
    'Certificates and revocation lists of this gateway’s handshakes, and those that agents have presented; the first to end first',
  roles: ALL_TENANTS_ROLES,
  filters: {},
  item: z.object({
    what: z.enum(['server', 'chain', 'ca', 'crl', 'client']),
    identity: z.string().nullable().meta({ description: 'Who presented it' }),
    sha256: z.string().meta({ description: 'Of the DER; of a list: that of its CA' }),
    expires_at: z.string(),
    seconds_left: z.number().int(),
  }),
  fileName: 'certificates',
  list: async (context) => {
    const samples = readMetrics(await context.gateway.metricsText(), [EXPIRY_METRIC]);
    const items = samples.flatMap(({ labels, value }) => {
      const what = z.enum(['server', 'chain', 'ca', 'crl', 'client']).safeParse(labels.what);
      if (!what.success || !Number.isFinite(value)) return [];
      return {
        what: what.data,
        identity: labels.identity === undefined || labels.identity === '' ? null : labels.identity,
        sha256: labels.sha256 ?? '',
        expires_at: new Date(context.now() + value * 1000).toISOString(),
        seconds_left: Math.round(value),
      };
    });
    return whole(items.sort((left, right) => left.seconds_left - right.seconds_left));
  },
});

export const forwardingRoute = listRoute({
  id: 'trustForwarding',
  path: '/trust/forwarding',
  summary: 'Destinations that the log is forwarded to: how far each is, how far behind, and what failed last',
  roles: ALL_TENANTS_ROLES,
  filters: {},
  item: z.object({
    destination: z.string(),
    next_sequence: z.number(),
    delivered: z.number(),
    lag_entries: z.number(),
    lag_seconds: z.number(),
    acknowledged_at: momentOrNull,
    failing_since: momentOrNull,
    failures: z.number(),
    error_code: z.string().nullable(),
    error_detail: z.string().nullable(),
    error_at: momentOrNull,
  }),
  fileName: 'forwarding',
  list: async (context) => {
    const rows = await context.read(null, (db) => readForwardStatus(db));
    return whole(
      rows.map((row) => ({
        ...row,
        lag_seconds: Math.round(row.lag_seconds),
        acknowledged_at: iso(row.acknowledged_at),
        failing_since: iso(row.failing_since),
        error_at: iso(row.error_at),
      })),
    );
  },
});

export const retentionRoute = listRoute({
  id: 'trustRetention',
  path: '/trust/retention',
  summary: 'Rules of retention: how long what is kept. What no rule covers is kept for ever',
  roles: EVERY_ROLE,
  filters: { tenant: tenantId.optional() },
  item: z.object({
    tenant_id: z
      .string()
      .meta({ description: '`*`: every tenant without a rule of its own; empty: what belongs to none' }),
    class: z.string(),
    erases: z.enum(['body', 'disclosure', 'entry']),
    days: z.number().int().nullable().meta({ description: 'null: for ever' }),
    changed_by: z.string(),
    changed_at: z.string(),
  }),
  fileName: 'retention',
  list: async (context, { tenant }) => {
    const rules = await context.read(tenant, (db) => listRules(db));
    return whole(rules.map((rule) => ({ ...rule, changed_at: rule.changed_at.toISOString() })));
  },
});
