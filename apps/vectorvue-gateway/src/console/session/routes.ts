import { z } from 'zod';
import type { Statement } from '../../store/database.ts';
import { gatewayBuild } from '../../version.ts';
import { consoleRole, EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';

const TENANTS: Statement = {
  name: 'console-session-tenants-v1',
  text: 'SELECT tenant_id, name, state FROM tenants ORDER BY tenant_id LIMIT 1000',
};

const sessionAnswer = z.object({
  name: z.string(),
  role: consoleRole,
  all_tenants: z.boolean(),
  tenants: z
    .array(
      z.object({
        tenant_id: z.string(),
        name: z.string().nullable(),
        state: z.enum(['active', 'suspended']),
      }),
    )
    .meta({ description: 'Those of the session that the gateway knows; of all the first 1000' }),
  method: z.enum(['link', 'certificate', 'oidc']),
  started_at: z.string(),
  idle_expires_at: z.string().meta({ description: 'If nothing more is asked; this call counts as asking' }),
  expires_at: z.string().meta({ description: 'Whatever is asked' }),
  gateway: z.object({
    version: z.string(),
    commit: z.string().nullable(),
    now: z.string(),
    database: z.enum(['postgres', 'embedded']),
  }),
});

/** Who am I, and until when. */
const readSession = consoleRoute({
  id: 'readSession',
  method: 'GET',
  path: '/session',
  summary: 'Who is signed in, with which role, for which tenants, until when; and the gateway that answers',
  roles: EVERY_ROLE,
  answer: sessionAnswer,
  handle: async (context) => {
    const { session } = context;
    const tenants = await context.read(null, (db) =>
      db.query<{ tenant_id: string; name: string | null; state: 'active' | 'suspended' }>(TENANTS),
    );
    const build = gatewayBuild();
    return {
      ok: true,
      value: {
        name: session.name,
        role: session.role,
        all_tenants: session.tenants === 'all-tenants',
        tenants: [...tenants],
        method: session.method,
        started_at: session.startedAt.toISOString(),
        idle_expires_at: session.idleExpiresAt.toISOString(),
        expires_at: session.expiresAt.toISOString(),
        gateway: {
          version: build.version,
          commit: build.commit,
          now: new Date(context.now()).toISOString(),
          database: context.store.kind,
        },
      },
    };
  },
});

export const sessionRoutes: readonly ConsoleRoute[] = [readSession];
