import { VIEWS } from '../views.ts';

/** Time that the first view has for itself, milliseconds, where the browser does not say that it is idle. */
const FIRST_VIEW_MS = 3000;

/**
 * Fetches the code of every view when the first one is done, so that a gateway which restarts is no reason for a view that
 * cannot be opened. What could not be fetched is tried again when its view is opened.
 */
export function fetchViewsWhenIdle(): void {
  const fetchAll = (): void => {
    for (const { options } of VIEWS) void options.component?.preload?.();
  };
  if ('requestIdleCallback' in globalThis) requestIdleCallback(fetchAll, { timeout: FIRST_VIEW_MS });
  else setTimeout(fetchAll, FIRST_VIEW_MS);
}

/** Whether a view's code or style could not be fetched: the words are the browsers' and Vite's own. */
export function isCodeAway(error: unknown): error is Error {
  return (
    error instanceof Error && /dynamically imported module|preload CSS|module script/i.test(error.message)
  );
}

const KEY = 'vectorvue.console.code-away';

/**
 * Loads the page again, in the same place, when the gateway answers again. Not twice for the same fault: then it is a file
 * that is not there, and not the gateway. Returns what stops the waiting.
 */
export function reloadWhenBack({ message }: Error, everyMs: number): () => void {
  if (sessionStorage.getItem(KEY) === message) return () => {};
  const timer = setInterval(() => {
    void fetch('/console/icon.svg', { cache: 'no-store' }).then(
      () => {
        sessionStorage.setItem(KEY, message);
        location.reload();
      },
      () => {},
    );
  }, everyMs);
  return () => clearInterval(timer);
}
