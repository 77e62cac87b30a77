import { API_BASE } from '../api/csrf.ts';
import type { Params, Query } from '../api/types.ts';

/** The address of a list as a file. Every part is encoded: a filter's text cannot become another parameter or path. */
export function exportAddress(path: string, params: Params, query: Query, format: 'csv' | 'jsonl'): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' || name === 'after' || name === 'limit'
      ? []
      : [[name, String(value)]],
  );
  return `${API_BASE}${filled}?${new URLSearchParams([...pairs, ['format', format]])}`;
}
