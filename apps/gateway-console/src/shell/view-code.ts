import { VIEWS } from '../views.ts';

/** How often it is looked whether the first view is done. Milliseconds. */
const LOOK_MS = 500;
/** Where a browser never is idle, or does not say so. Milliseconds. */
const PATIENCE_MS = 3000;

/**
 * Fetches the code of every view when the first one is done, so that a gateway which restarts is no reason for a view that
 * cannot be opened. What could not be fetched is tried again when its view is opened. A browser is idle also while the
 * first view waits for its answers; `isBusy` says that it does.
 */
export function fetchViewsWhenIdle(isBusy: () => boolean): void {
  const fetchAll = (): void => {
    for (const { options } of VIEWS) void options.component?.preload?.();
  };
  const look = (): void => {
    if (isBusy()) setTimeout(look, LOOK_MS);
    else if ('requestIdleCallback' in globalThis) requestIdleCallback(fetchAll, { timeout: PATIENCE_MS });
    else fetchAll();
  };
  setTimeout(look, LOOK_MS);
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
