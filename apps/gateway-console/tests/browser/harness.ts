/**
 * One gateway, one chromium and one fixture for every spec of this folder. `console-in-browser.test.ts` starts and ends
 * them; a spec imports `openConsole` and `theWorld`.
 */
import { launchChromium } from '@nyxera/federation-testing/chromium';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeViolations } from './check-axe.ts';
import { type PageWatch, watchContext } from './watch-page.ts';
import { TENANT } from './world/actors.ts';
import { buildConsoleWorld, type ConsoleWorld } from './world/build-world.ts';
import { attachWorld } from './world/kept-world.ts';

export type Role = 'viewer' | 'analyst' | 'operator' | 'officer';

export interface ConsoleOptions {
  /** CSS pixels; default 1280. */
  readonly width?: number;
  readonly dark?: boolean;
  /** Tenants of a viewer or analyst; default the first one. Operator and officer have all. */
  readonly tenants?: readonly string[];
  /** A session of its own, for a test that ends it; default the one that the role has in this run. */
  readonly freshSession?: boolean;
}

export interface OpenConsole {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Opens a place below `/console`, such as `/events?severity=critical`, and waits until it has what it asked for. */
  goto(place: string): Promise<void>;
  /** Waits until the page has a heading, and nothing on it says that it is still loading. */
  settled(): Promise<void>;
  /** See `PageWatch.tolerate`. */
  tolerate(pattern: RegExp): void;
  /** What axe-core finds on the page as it is now. */
  axe(): Promise<readonly string[]>;
}

interface Opened {
  readonly context: BrowserContext;
  readonly watch: PageWatch;
}

type StoredSession = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Enough that every list has more than it shows. */
const EVENTS = 20_000;
const WAIT_MS = 30_000;

let world: ConsoleWorld | null = null;
let browser: Browser | null = null;
let opened: Opened[] = [];
const sessions = new Map<string, StoredSession>();

export async function startHarness(): Promise<void> {
  const say = (): void => {};
  [browser, world] = await Promise.all([
    launchChromium(),
    attachWorld() ?? buildConsoleWorld({ events: EVENTS, say }),
  ]);
}

export async function stopHarness(): Promise<void> {
  await browser?.close();
  await world?.stop();
  browser = null;
  world = null;
  sessions.clear();
}

/** @throws Error outside a run of the harness. */
export function theWorld(): ConsoleWorld {
  if (world === null) throw new Error('the harness has not been started');
  return world;
}

/** For a page that is none of the console's. @throws Error outside a run of the harness. */
export function theBrowser(): Browser {
  if (browser === null) throw new Error('the harness has not been started');
  return browser;
}

/** Closes what the test opened. @throws Error with everything that no view may do and one did. */
export async function closeConsoles(): Promise<void> {
  const closing = opened;
  opened = [];
  const faults: string[] = [];
  for (const { context, watch } of closing) {
    faults.push(...(await watch.faults()));
    await context.close();
  }
  if (faults.length > 0) throw new Error(`the page did what it must not:\n${faults.join('\n')}`);
}

/** A page of the console, signed in as `role`. Closed and judged at the end of the test. */
export async function openConsole(role: Role, options: ConsoleOptions = {}): Promise<OpenConsole> {
  const tenants = role === 'viewer' || role === 'analyst' ? (options.tenants ?? [TENANT]) : [];
  const name = `${role} ${tenants.join(' ')}`;
  const stored = options.freshSession === true ? undefined : sessions.get(name);
  const made = await newContext(options, stored);
  if (stored === undefined) {
    await signIn(made.context, role, tenants);
    if (options.freshSession !== true) sessions.set(name, await made.context.storageState());
  }
  return await openPage(made);
}

/** A page without a session. */
export async function openSignedOut(options: ConsoleOptions = {}): Promise<OpenConsole> {
  const made = await newContext(options);
  made.watch.tolerate(/status of 401/);
  return await openPage(made);
}

/** As the sign-in page does it; that the page itself does is a spec of its own. */
export async function signIn(context: BrowserContext, role: Role, tenants: readonly string[]): Promise<void> {
  const { origin, link } = theWorld();
  const token = tokenOf(await link(role, tenants));
  const answer = await context.request.post(`${origin}/console/api/v1/sign-in/link`, {
    data: { token },
    headers: { Origin: origin },
  });
  if (!answer.ok()) throw new Error(`sign-in as ${role}: ${answer.status()} ${await answer.text()}`);
}

/** The fragment of a link, which is never sent, holds nothing else. */
export function tokenOf(link: string): string {
  return /[A-Za-z0-9_-]{43}$/.exec(link)?.[0] ?? '';
}

async function openPage({ context, watch }: Opened): Promise<OpenConsole> {
  const page = await context.newPage();
  return {
    page,
    context,
    goto: async (place) => {
      await page.goto(`${theWorld().origin}/console${place}`);
      await settled(page);
    },
    settled: () => settled(page),
    tolerate: watch.tolerate,
    axe: async () => {
      await settled(page);
      return await axeViolations(page);
    },
  };
}

async function newContext(options: ConsoleOptions, storageState?: StoredSession): Promise<Opened> {
  const { width = 1280, dark = false } = options;
  const context = await theBrowser().newContext({
    viewport: { width, height: width < 600 ? 844 : 800 },
    colorScheme: dark ? 'dark' : 'light',
    // No animation: what is looked at is the end of it.
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Lisbon',
    locale: 'en-GB',
    ...(storageState === undefined ? {} : { storageState }),
  });
  context.setDefaultTimeout(WAIT_MS);
  const made = { context, watch: await watchContext(context, theWorld().origin) };
  opened.push(made);
  return made;
}

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[data-loading]') === null);
}
