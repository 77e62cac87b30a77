import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type AgentFixture, canonicalEvent, createAgentFixture } from './agent-fixture.ts';
import { type Answer, GRAPH, problem } from './gateway-stand-in.ts';

let fixture: AgentFixture;

beforeEach(async () => {
  fixture = await createAgentFixture();
  const about = (target: string) => ({ attributes: { asset_ref: target, target_urn: target } });
  const events = [canonicalEvent('e1', about('urn:a')), canonicalEvent('e2', about('urn:b'))];
  await fixture.run('send', fixture.file('e.jsonl', `${events.join('\n')}\n`), '--json');
  await fixture.run('graph', 'build', '--json');
});
afterEach(() => fixture.close());

/** The first push gets this answer, every later one is accepted. */
function answerFirst(answer: Answer): void {
  let first = true;
  fixture.gateway.handlers.set(GRAPH, () => {
    const one = first ? answer : { status: 202, body: {} };
    first = false;
    return one;
  });
}

const THROTTLED: readonly (readonly [string, Answer])[] = [
  ['rate_limited', { ...problem(429, 'rate_limited'), headers: { 'retry-after': '0' } }],
  ['a 429 of a deployed gateway, without a code', { status: 429, body: '', headers: { 'retry-after': '0' } }],
];
test.each(THROTTLED)('%s: waits as long as it is told, and pushes both', async (_name, answer) => {
  answerFirst(answer);
  const pushed = await fixture.run('graph', 'push', '--json');
  expect(pushed.last).toMatchObject({ pushed: 2, left: 0 });
  expect(pushed.code).toBe(0);
});

const REFUSED: readonly (readonly [string, Answer])[] = [
  ['schema_invalid', problem(422, 'schema_invalid')],
  ['422', { status: 422, body: '<html>' }],
];
test.each(REFUSED)(
  'a graph that is refused for itself as %s does not hold the next',
  async (code, answer) => {
    answerFirst(answer);
    const pushed = await fixture.run('graph', 'push', '--json');
    expect(pushed.last).toMatchObject({ pushed: 1, left: 1, graphs: [{ code }, { code: null }] });
    expect(pushed.code).toBe(2);
  },
);

test('what would stop every graph stops at the first', async () => {
  fixture.gateway.handlers.set(GRAPH, () => problem(403, 'operator_not_mapped'));
  const pushed = await fixture.run('graph', 'push', '--json');
  expect(pushed.last).toMatchObject({ pushed: 0, left: 2, graphs: [{ code: 'operator_not_mapped' }] });
  expect(fixture.gateway.received.filter((one) => one.path === GRAPH)).toHaveLength(1);
});
