import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, and where other distributions put theirs. Nothing is downloaded. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The program, or null where there is none: tests that need it are then skipped, visibly. */
export function chromiumPath(): string | null {
  return PLACES.find((path) => existsSync(path)) ?? null;
}

/** A chromium without a window. It ends with `close()`, and with this process. @throws Error where none is installed. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error('chromium is not installed');
  // Its sandbox refuses to run as root, which is what a container often is.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({
    executablePath,
    args: [...asRoot, '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb'],
  });
}
