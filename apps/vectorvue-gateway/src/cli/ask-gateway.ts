import { request } from 'node:http';
import { CommandRefused, type CommandResult, type JsonLike, RemoteFault } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CommandSocketError, inspectSocket } from './socket-file.ts';
import { SOCKET_ANSWER_MAX_BYTES, type SocketAnswer, type SocketRequest } from './socket-messages.ts';

/**
 * Runs a command inside the running gateway. null: nobody listens there, so no gateway holds the database (a
 * stale socket file counts as that). Throws CommandRefused or RemoteFault as the gateway says, and
 * CommandSocketError for a socket that is not ours.
 */
export async function askGateway(
  path: string,
  message: Omit<SocketRequest, 'input'> & { readonly input: JsonLike },
): Promise<CommandResult | null> {
  if (inspectSocket(path) === 'absent') return null;
  const answer = await post(path, JSON.stringify(message));
  if (answer === null) return null;
  if (answer.ok) return answer.result;
  if (answer.exitCode === EXIT.refused) throw new CommandRefused(answer.code, answer.message);
  throw new RemoteFault(answer.code, answer.message);
}

function post(path: string, body: string): Promise<SocketAnswer | null> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: path, path: '/command', method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > SOCKET_ANSWER_MAX_BYTES) response.destroy(new Error('too large'));
          else chunks.push(chunk);
        });
        response.on('error', () => reject(failed(path)));
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as SocketAnswer);
          } catch {
            reject(failed(path));
          }
        });
      },
    );
    outgoing.on('error', (fault: NodeJS.ErrnoException) => {
      if (fault.code === 'ECONNREFUSED' || fault.code === 'ENOENT') resolve(null);
      else reject(failed(path));
    });
    outgoing.end(body);
  });
}

function failed(path: string): CommandSocketError {
  return new CommandSocketError(
    'socket_failed',
    `the running gateway did not answer on ${path}; what it was asked to do may have been done`,
  );
}
