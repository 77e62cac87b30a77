import type { ReaderScope } from '../../store/as-reader.ts';

export type { ReaderScope };

/** Whether somebody of that scope may see what is about this tenant; null or '': about none, which is for all-tenants. */
export function sees(scope: ReaderScope, tenantId: string | null): boolean {
  if (scope === 'all-tenants') return true;
  return tenantId !== null && tenantId !== '' && scope.includes(tenantId);
}
