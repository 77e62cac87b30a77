import { buildOpenApi } from './build-document.ts';

/** The document as it is committed, printed and served. */
export function openApiText(): string {
  return `${JSON.stringify(buildOpenApi(), null, 2)}\n`;
}
