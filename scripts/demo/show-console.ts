/**
 * `npm run demo -- --console`: after the story its gateway is started again, on what the story left in its database, and
 * stays until Ctrl-C with a link into its console.
 */
import { createInterface } from 'node:readline';
import { startGateway } from './processes.ts';
import type { Report } from './report.ts';
import { askGateway, type World } from './world.ts';

/** What somebody who has never seen the project can answer from the console, and where. */
const QUESTIONS: readonly (readonly [question: string, where: string])[] = [
  ['What was refused, and why?', 'Refusals: each code says what it means and what to do'],
  ['Which finding is worst?', 'Findings, by severity: the critical one at the top'],
  ['What changed the policy?', 'Feedback: the adjustment "deny", and the finding that caused it'],
  ['Which key signed it?', 'the key id on the same page leads to Trust, with the states of that key'],
  ['Has the log been altered?', 'Audit: your browser checks the checkpoints, and each entry against them'],
];

/** For every tenant, as the security officer; it opens one session, within two minutes. */
async function oneTimeLink(world: World, adminListen: string): Promise<string> {
  const args = ['console', '--role', 'officer', '--as', 'demo', '--url', `http://${adminListen}`];
  return (await askGateway<{ link: string }>(world, args)).link;
}

/** Resolves after SIGINT, SIGTERM or SIGHUP, when the gateway has ended. */
export async function showConsole(world: World, report: Report): Promise<void> {
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const gateway = await startGateway(world.gatewayEnvironment);
  const lines = createInterface({ input: process.stdin });
  const print = async (): Promise<void> => {
    const link = await oneTimeLink(world, gateway.adminListen);
    report.say(`Open this link; it works once, for two minutes:\n\n    ${link}\n`);
  };
  try {
    report.chapter('The console');
    await print();
    for (const [question, where] of QUESTIONS) report.say(`${question.padEnd(28)} ${where}`);
    report.say('\n  Enter: a new link. Ctrl-C: ends the gateway and removes what the demonstration made.');
    lines.on('line', () => void print().catch((error: unknown) => console.error(String(error))));
    await told;
  } finally {
    lines.close();
    await gateway.stop();
  }
}
