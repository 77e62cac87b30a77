/** The watch itself: a page that does what none may do must be seen doing it, or all other specs would prove nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { axeViolations } from './check-axe.ts';
import { theBrowser } from './harness.ts';
import { type PageWatch, watchContext } from './watch-page.ts';
import { TRAP } from './world/hostile-events.ts';

const MISDEEDS: Readonly<Record<string, readonly [body: string, fault: RegExp]>> = {
  'an inline script': [
    '<script>window.a = 1</script>',
    /content security policy: script-src-elem blocked inline/,
  ],
  'an inline style': ['<p style="color:red">x</p>', /content security policy: style-src-attr blocked inline/],
  'an image of another host': [
    '<img src="http://127.0.0.1:9/x.png">',
    /content security policy: img-src blocked/,
  ],
  'a script that throws': ['<script src="/throws.js"></script>', /an error in the page: Error: thrown/],
  'a console error': ['<script src="/complains.js"></script>', /console: complained/],
  'a dialog': ['<script src="/asks.js"></script>', /a dialog of the browser: alert asked/],
  'text that ran': ['<script src="/springs.js"></script>', /hostile text ran as a script: 7/],
  'a request to another host': [
    '<script src="/calls.js"></script>',
    /a request to another host: http:\/\/127\.0\.0\.2:9\/away/,
  ],
  'a request of a worker to another host': [
    '<script src="/hires.js"></script>',
    /a request to another host: http:\/\/127\.0\.0\.2:9\/worker/,
  ],
};

const SCRIPTS: Readonly<Record<string, string>> = {
  '/throws.js': 'throw new Error("thrown")',
  '/complains.js': 'console.error("complained")',
  '/asks.js': 'alert("asked")',
  '/springs.js': `window.${TRAP} = 7`,
  '/calls.js': 'fetch("http://127.0.0.2:9/away").catch(() => {})',
  '/hires.js': 'new Worker("/works.js")',
  '/works.js': 'fetch("http://127.0.0.2:9/worker").catch(() => {})',
};
/** How long a misdeed may take until it is seen: ten seconds, where nothing else is drawn. */
const FRAMES = 600;
const EVERYTHING = 'everything';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' http://127.0.0.2:9";

let server: Server;
let origin = '';
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const script = SCRIPTS[pathname];
    response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript');
    response.setHeader('Content-Security-Policy', POLICY);
    const asked = searchParams.get('do') ?? '';
    const all = Object.values(MISDEEDS).map(([each]) => each);
    const body = asked === EVERYTHING ? all.join('') : (MISDEEDS[asked]?.[0] ?? '<p>nothing</p>');
    response.end(script ?? `<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>${body}</main>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const context of contexts) await context.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function open(misdeed: string): Promise<{ page: Page; watch: PageWatch }> {
  const context = await theBrowser().newContext();
  contexts.push(context);
  const watch = await watchContext(context, origin);
  const page = await context.newPage();
  await page.goto(`${origin}/?do=${encodeURIComponent(misdeed)}`);
  return { page, watch };
}

describe('the watch over every page', () => {
  test('sees each thing that no page may do', async () => {
    const { page, watch } = await open(EVERYTHING);
    const wanted = Object.values(MISDEEDS).map(([, fault]) => fault);
    const faults = async (): Promise<string> => (await watch.faults()).join('\n');
    const isMissing = async (): Promise<boolean> => {
      const seen = await faults();
      return wanted.some((fault) => !fault.test(seen));
    };
    // A worker is started after its page has loaded.
    for (let frame = 0; frame < FRAMES && (await isMissing()); frame += 1) {
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    const seen = await faults();
    for (const fault of wanted) expect(seen).toMatch(fault);
  });

  test('has nothing to say of a page that does nothing, and not of what was announced', async () => {
    const silent = await open('');
    expect(await silent.watch.faults()).toEqual([]);
    const { watch } = await open('a console error');
    watch.tolerate(/complained/);
    expect(await watch.faults()).toEqual([]);
  });

  test('axe-core runs under a policy that forbids foreign scripts, and finds', async () => {
    const { page } = await open('an image of another host');
    expect((await axeViolations(page)).join('\n')).toContain('image-alt');
  });
});
