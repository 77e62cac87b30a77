/** Every spec of `browser/`, on one gateway and one chromium. Those that change the world for all come last. */
import { afterAll, afterEach, beforeAll, describe, test } from '@jest/globals';
import { chromiumPath } from '@nyxera/federation-testing/chromium';
import { closeConsoles, startHarness, stopHarness } from './browser/harness.ts';

if (chromiumPath() === null) {
  describe('the console in a browser', () => test.skip('needs chromium', () => {}));
} else {
  beforeAll(startHarness, 600_000);
  afterAll(stopHarness, 60_000);
  afterEach(closeConsoles);
  await import('./browser/watch-page.spec.ts');
  await import('./browser/session.spec.ts');
  await import('./browser/every-view.spec.ts');
  await import('./browser/roles.spec.ts');
  await import('./browser/hostile.spec.ts');
  await import('./browser/keyboard.spec.ts');
  await import('./browser/links.spec.ts');
  // One line a view, sorted.
  await import('./browser/audit.spec.ts');
  await import('./browser/events.spec.ts');
  await import('./browser/feedback.spec.ts');
  await import('./browser/overview.spec.ts');
  await import('./browser/refusals.spec.ts');
  await import('./browser/trust.spec.ts');
  // These change the world for all that follow.
  await import('./browser/gateway-away.spec.ts');
}
