import { z } from 'zod';
import type { ConsoleContext } from './context.ts';
import { EXPORT_MEDIA_TYPES, exportRows } from './export.ts';
import { LIST_LIMIT_MAX, pageFilters } from './filters.ts';
import { type Handled, Refused } from './refusal.ts';
import type { ConsoleRole } from './roles.ts';
import { type ConsoleRoute, consoleRoute, type DeepReadonly } from './route.ts';

/** What the handler of a list is asked for. */
export interface PageWanted {
  readonly after: string | null;
  /** 1 to 500. */
  readonly limit: number;
}

export interface ListAnswer<Item> {
  readonly items: readonly Item[];
  /** The cursor of the page that follows; null: this was the last. */
  readonly next: string | null;
}

/**
 * A list: `{ items, next }`, newest first, by keyset; with `format` the whole of it as a download, read page by page, each
 * page in a transaction of its own. The handler answers for one page; it does not see the format.
 */
export function listRoute<Filters extends z.ZodRawShape, Item extends z.ZodObject>(parts: {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly roles: readonly ConsoleRole[];
  /** Without paging and format, which every list has. */
  readonly filters: Filters;
  readonly item: Item;
  /** Stem of a download. */
  readonly fileName: string;
  /** Of CSV; absent: all members of an item. */
  readonly columns?: readonly (keyof z.output<Item> & string)[];
  readonly list: (
    context: ConsoleContext,
    filters: z.output<z.ZodObject<Filters>>,
    page: PageWanted,
  ) => Promise<Handled<ListAnswer<DeepReadonly<z.input<Item>>>>>;
}): ConsoleRoute {
  const { item, fileName, columns = Object.keys(item.shape) } = parts;
  const query = z.strictObject({ ...parts.filters, ...pageFilters });
  return consoleRoute({
    id: parts.id,
    method: 'GET',
    path: parts.path,
    summary: parts.summary,
    roles: parts.roles,
    query,
    answer: z.object({ items: z.array(item as z.ZodType), next: z.string().nullable() }),
    streams: EXPORT_MEDIA_TYPES,
    handle: async (context, input) => {
      const { after, limit, format, ...rest } = input.query as z.output<typeof query> &
        z.output<z.ZodObject<typeof pageFilters>>;
      const filters = rest as z.output<z.ZodObject<Filters>>;
      if (format === undefined) return parts.list(context, filters, { after: after ?? null, limit });
      // A filter that makes no sense, or a tenant of others, is said with its status before the download begins.
      const first = await parts.list(context, filters, { after: null, limit: LIST_LIMIT_MAX });
      if (!first.ok) return first;
      const more = async (cursor: string) => {
        const page = await parts.list(context, filters, { after: cursor, limit: LIST_LIMIT_MAX });
        if (!page.ok) throw new Refused(page);
        return page.value;
      };
      const schema = z.array(item);
      async function* pages() {
        let page = first.ok ? first.value : null;
        while (page !== null) {
          yield schema.parse(page.items);
          page = page.next === null || context.signal.aborted ? null : await more(page.next);
        }
      }
      return { ok: true, stream: exportRows({ format, name: fileName, columns, pages: pages() }) };
    },
  });
}
