/** Places below the views that need to know what the world holds. */
import { theWorld } from './harness.ts';
import type { View } from './views.ts';
import { TENANT } from './world/actors.ts';

export async function details(): Promise<readonly View[]> {
  const [event] = await theWorld().sql<{ operator_id: string; event_id: string }>(
    `SELECT operator_id, event_id FROM federation.events WHERE tenant_id = $1 AND severity = 'critical'
      ORDER BY accepted_at, event_id LIMIT 1`,
    [TENANT],
  );
  if (event === undefined) return [];
  const { operator_id: operator, event_id: id } = event;
  const one = new URLSearchParams({ tenant: TENANT, operator });
  return [
    { name: 'event', place: `/events/one?${one}&event=${encodeURIComponent(id)}` },
    { name: 'finding', place: `/findings/one?${one}&finding=${encodeURIComponent(`fnd-${id}`)}` },
  ];
}
