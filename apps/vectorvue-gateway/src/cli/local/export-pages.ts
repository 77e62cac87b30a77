import type { ExportFormat } from '../../audit/export-formats.ts';
import type { JsonLike } from '../command.ts';
import type { Ask } from '../program.ts';

export interface ExportInput {
  readonly tenant?: string;
  readonly allTenants?: boolean;
  readonly format?: ExportFormat;
  readonly disclose?: boolean;
  readonly from?: string;
  readonly to?: string;
  /** Size of the log up to which it is exported; absent: what it is when the export begins. */
  readonly below?: number;
}

interface Page {
  readonly lines: readonly string[];
  readonly below: number;
  readonly next: number | null;
}

/**
 * The lines of an export, page by page: memory holds one page, whatever the size of the log. `progress`: how far into
 * the log it has come, which with a filter is not how many entries it has found.
 */
export async function* exportPages(
  ask: Ask,
  input: ExportInput,
  progress: (done: number, total: number) => void = () => undefined,
): AsyncGenerator<readonly string[]> {
  let below = input.below ?? null;
  let after: number | null = 0;
  while (after !== null) {
    const asked: JsonLike = { ...(input as Readonly<Record<string, JsonLike>>), after, below };
    const page = (await ask('audit export-page', asked)).json as unknown as Page;
    // What is appended meanwhile belongs to the next export.
    below = page.below;
    after = page.next;
    progress(after ?? below, below);
    yield page.lines;
  }
}
