import { existsSync, lstatSync } from 'node:fs';
import type { IntakeListener, IntakeSettings } from '../../config.ts';
import { ownTokenFile, readIntakeToken } from '../../local-api/intake-token.ts';
import { intakeSocket, isOurSocket, SOCKET_PATH_MAX_BYTES } from '../../local-api/listen-unix.ts';
import { StateFault } from '../../state/state-fault.ts';
import { type ApiAnswer, askLocalApi } from './ask-local-api.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'local API';
const NOT_SERVED = 'not served: no daemon runs';

/** Where the daemon takes events: whether it is there, answers, and is open to nobody else. `isServed`: a daemon runs. */
export async function checkLocalApi(
  intake: IntakeSettings,
  dataDir: string,
  isServed: boolean,
): Promise<readonly Check[]> {
  if (intake.listeners.length === 0) return [ok(NAME, 'off')];
  const checks = await Promise.all(
    intake.listeners.map((listener) =>
      listener.kind === 'unix'
        ? checkSocket(listener.path ?? intakeSocket(dataDir), isServed)
        : checkLoopback(listener, isServed),
    ),
  );
  const hasLoopback = intake.listeners.some(({ kind }) => kind === 'loopback');
  return [...checks, ...(hasLoopback ? await checkToken(intake, dataDir) : [])];
}

async function checkSocket(path: string, isServed: boolean): Promise<Check> {
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES) {
    const found = `${path} has more than ${SOCKET_PATH_MAX_BYTES} bytes, so run cannot open it`;
    return fail(NAME, found, 'choose a shorter SPECTRASTRIKE_DATA_DIR, or unix:/short/path');
  }
  try {
    if (!isOurSocket(path)) {
      return isServed
        ? fail(NAME, `${path} is not there, but the daemon runs`, 'somebody removed it: restart the daemon')
        : ok(NAME, NOT_SERVED);
    }
    const mode = lstatSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const found = `others may open ${path} (mode ${mode.toString(8).padStart(4, '0')})`;
      return fail(
        NAME,
        found,
        `chmod 600 ${path}, and look for events that are not yours (quarantine, status)`,
      );
    }
  } catch (error) {
    if (!(error instanceof StateFault)) throw error;
    return fail(NAME, error.message, 'find out who made it, and remove it: run refuses to start');
  }
  const answer = await askLocalApi({ socketPath: path });
  if (answer.kind === 'silent' && answer.code === 'ECONNREFUSED' && !isServed) {
    return ok(NAME, `${NOT_SERVED} (what a killed one left is replaced at the next start)`);
  }
  return judge(path, answer);
}

async function checkLoopback(
  { host, port }: Extract<IntakeListener, { kind: 'loopback' }>,
  isServed: boolean,
): Promise<Check> {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (port === 0) return ok(NAME, `${place}: a port of the system’s choice, which agent.ready names`);
  const answer = await askLocalApi({ host, port });
  if (!isServed) {
    return answer.kind === 'silent'
      ? ok(NAME, NOT_SERVED)
      : fail(
          NAME,
          `another process listens on ${place}`,
          'choose another port, or stop it: run refuses to start',
        );
  }
  return judge(place, answer);
}

function judge(place: string, answer: ApiAnswer): Check {
  switch (answer.kind) {
    case 'silent':
      return answer.code === 'EACCES'
        ? fail(NAME, `this user may not open ${place}`, 'run doctor as the user of the agent')
        : fail(
            NAME,
            `${place} does not answer (${answer.code})`,
            'look at the log of the daemon; restart it',
          );
    case 'strange':
      return fail(NAME, `what answers at ${place} is no agent`, 'find out who has the place, and stop it');
    case 'alive':
      return answer.reasons.length === 0
        ? ok(NAME, `${place} answers and takes events`)
        : warn(
            NAME,
            `${place} takes no events: ${answer.reasons.join(' ')}`,
            'see the checks of state and spool',
          );
  }
}

/** The token of loopback listeners; one that run will make is no finding. */
async function checkToken({ tokenFile }: IntakeSettings, dataDir: string): Promise<readonly Check[]> {
  const path = tokenFile ?? ownTokenFile(dataDir);
  if (tokenFile === null && !existsSync(path)) return [];
  const read = await readIntakeToken(path, false);
  return read.ok
    ? [ok('intake token', 'readable by its owner only')]
    : [fail('intake token', read.problem, 'mend the file, or remove the default one: run makes another')];
}
