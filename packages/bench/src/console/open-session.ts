import type { Environment } from '../config.ts';
import { runProgram } from '../programs.ts';

/** Somebody who is signed in to a gateway's console. */
export interface ConsoleSession {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `name=value` */
  readonly cookie: string;
}

const API = '/console/api/v1';

/** By a link of `vectorvue-gateway console`, as its page does it. */
export async function openSession(environment: Environment, adminListen: string): Promise<ConsoleSession> {
  const origin = `http://${adminListen}`;
  const args = ['console', '--role', 'officer', '--as', 'bench', '--url', origin, '--json'];
  const finished = await runProgram('gateway', args, environment);
  const token = /#link=([A-Za-z0-9_-]{43})"/.exec(finished.stdout)?.[1];
  if (token === undefined) throw new Error(`no link: ${finished.exitCode}\n${finished.stderr}`);
  const answer = await fetch(`${origin}${API}/sign-in/link`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ token }),
  });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  if (!answer.ok || cookie === undefined) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
  return { origin, cookie };
}

export function callConsole(session: ConsoleSession, path: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${session.origin}${API}${path}`, {
    headers: { Cookie: session.cookie },
    ...(signal === undefined ? {} : { signal }),
  });
}
