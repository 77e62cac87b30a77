import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, and where other distributions put theirs. Nothing is downloaded. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Of the first line are two pages of the address bar and a process in reserve, for every window that nobody sees: half of
 * what a page costs. Chromium obeys the last such list alone, so what Playwright switches off stands here again.
 */
const SWITCHED_OFF = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'PaintHolding'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'ThirdPartyStoragePartitioning'],
  ...['LensOverlay', 'MediaRouter', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
  'AvoidCorsURLLoaderRestartOnRedirect',
];

const ALWAYS = [
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--force-color-profile=srgb',
  // No host but this one, whatever a page or the browser itself asks for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  `--disable-features=${SWITCHED_OFF.join(',')}`,
];

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
    args: [...asRoot, ...ALWAYS],
  });
}
