import { programFile } from '@nyxera/federation-testing';

/** The agent as a program of its own: `node AGENT_PROGRAM ARGS…`. */
export const AGENT_PROGRAM: string = programFile({
  source: new URL('./agent-process.ts', import.meta.url),
  built: new URL('../../bin/spectrastrike-agent.js', import.meta.url),
});
