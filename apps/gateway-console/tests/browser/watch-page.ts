/** What no view may ever do. Each is noted while a test runs, and fails it at its end. */
import type { BrowserContext, Page } from 'playwright-core';
import { TRAP } from './world/hostile-events.ts';

export interface PageWatch {
  /** A console message that the test provokes on purpose, such as that of an answer with status 401. */
  tolerate(pattern: RegExp): void;
  /** Everything that was noted and not tolerated. */
  faults(): Promise<readonly string[]>;
}

const BINDING = '__nyxeraViolation';

export async function watchContext(context: BrowserContext, origin: string): Promise<PageWatch> {
  const noted: string[] = [];
  const tolerated: RegExp[] = [];
  const pages = new Set<Page>();
  await context.exposeBinding(BINDING, (_source, text: string) => {
    noted.push(`content security policy: ${text}`);
  });
  await context.addInitScript((binding) => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (globalThis as unknown as Record<string, (text: string) => void>)[binding];
      report?.(
        `${event.effectiveDirective} blocked ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`,
      );
    });
  }, BINDING);
  // Only looked at: a route would stop every request for a decision, and takes the cache away.
  context.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (asked !== origin && protocol !== 'data:' && protocol !== 'blob:') {
      noted.push(`a request to another host: ${request.url()}`);
    }
  });
  context.on('page', (page) => {
    pages.add(page);
    page.on('pageerror', (error) => noted.push(`an error in the page: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') noted.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('dialog', (dialog) => {
      noted.push(`a dialog of the browser: ${dialog.type()} ${dialog.message()}`);
      void dialog.dismiss();
    });
  });
  return {
    tolerate: (pattern) => tolerated.push(pattern),
    faults: async () => {
      for (const page of pages) {
        if (page.isClosed()) continue;
        const sprung = await page.evaluate((trap) => (globalThis as Record<string, unknown>)[trap], TRAP);
        if (sprung !== undefined) noted.push(`hostile text ran as a script: ${JSON.stringify(sprung)}`);
      }
      return noted.filter((text) => !tolerated.some((pattern) => pattern.test(text)));
    },
  };
}
