import type { Statement } from '../store/database.ts';
import { insertMappings, type MappingRow, mapOperator } from './change-tenant.ts';
import type { ImportRun } from './import-environment.ts';

const SELECT_MAPPINGS: Statement = {
  name: 'trust-all-mappings-v1',
  text: 'SELECT operator_id, tenant_id, source FROM operator_tenants ORDER BY operator_id',
};

/**
 * Operators that somebody has unmapped. A mapping that has ended leaves no row, so the audit log, which nobody
 * can shorten, is what remembers it. Asked only when a declared mapping is missing, and then once.
 */
const SELECT_UNMAPPED: Statement = {
  name: 'trust-unmapped-operators-v1',
  text: `SELECT disclosure FROM audit_log WHERE class = 'trust' AND action = 'tenant.unmap'`,
};

/** Operator -> tenant. A mapping that the CLI made or ended stays as the CLI left it. */
export async function importMappings(
  run: ImportRun,
  declared: readonly { readonly operatorId: string; readonly tenantId: string }[],
): Promise<void> {
  if (declared.length === 0) return;
  const rows = await run.tx.query<MappingRow>(SELECT_MAPPINGS);
  const present = new Map(rows.map((row) => [row.operator_id, row]));
  const missing = declared.some(({ operatorId }) => !present.has(operatorId));
  const unmapped = missing ? await everUnmapped(run) : new Set<string>();
  const fresh: { operatorId: string; tenantId: string }[] = [];
  for (const { operatorId, tenantId } of declared) {
    const row = present.get(operatorId);
    if (row?.tenant_id === tenantId) continue;
    if (row?.source === 'cli') {
      run.warnings.push(
        `operator ${operatorId} is declared for tenant ${tenantId}, but the CLI mapped it to ${row.tenant_id}; that stays (tenant map)`,
      );
    } else if (unmapped.has(operatorId)) {
      run.warnings.push(
        `operator ${operatorId} is declared by the environment but was unmapped; it stays unmapped (tenant map)`,
      );
    } else {
      if (row === undefined) fresh.push({ operatorId, tenantId });
      else await mapOperator(run.tx, { operatorId, tenantId, move: true }, 'environment');
    }
  }
  await insertMappings(run.tx, fresh);
  const names = new Set(declared.map((entry) => entry.operatorId));
  for (const row of rows) {
    if (row.source === 'environment' && !names.has(row.operator_id)) {
      run.warnings.push(
        `operator ${row.operator_id} is no longer declared by the environment and stays mapped to ${row.tenant_id} (tenant unmap)`,
      );
    }
  }
}

async function everUnmapped(run: ImportRun): Promise<ReadonlySet<string>> {
  const rows = await run.tx.query<{ disclosure: string }>(SELECT_UNMAPPED);
  return new Set(rows.map((row) => disclosedOperator(row.disclosure)).filter((value) => value !== null));
}

/** null where the disclosure has been erased. */
function disclosedOperator(disclosure: string): string | null {
  try {
    const parsed = JSON.parse(disclosure) as { operator_id?: { value?: unknown } } | null;
    const value = parsed?.operator_id?.value;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
