import { z } from 'zod';
import type { CommandResult } from './command.ts';

/** Largest request and answer on the socket, bytes. An answer may hold a whole page of events. */
export const SOCKET_REQUEST_MAX_BYTES = 1024 * 1024;
export const SOCKET_ANSWER_MAX_BYTES = 64 * 1024 * 1024;

/** POST /command. The socket is 0600: who can write to it is the gateway's own user, whose word for `actor` is taken. */
export const socketRequest = z.strictObject({
  command: z.string().max(64),
  input: z.json(),
  actor: z.string().regex(/^cli:[\x21-\x7e]{1,64}$/),
});

export type SocketRequest = z.infer<typeof socketRequest>;

export type SocketAnswer =
  | { readonly ok: true; readonly result: CommandResult }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly exitCode: 1 | 2 };
