import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { appendAudit } from '../../audit/append.ts';
import { draftOf } from '../../console/audit-console.ts';
import { endSessionsOf, listSessions } from '../../console/session/list-sessions.ts';
import { endSession } from '../../console/session/sessions.ts';
import { cell, dateCell, done } from '../answer.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { consoleName } from '../console-rights.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const consoleSessionsList = storeCommand({
  name: 'console sessions list',
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'console sessions list', {
      summary: 'who is signed in to the console',
      example: 'console sessions list',
    }).action((options) => submit('console sessions list', {}, options));
  },
  run: async (context) => {
    const sessions = (await listSessions(context.db, context.now())).map((row) => ({
      ...row,
      started_at: row.started_at.toISOString(),
      seen_at: row.seen_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
    }));
    return {
      json: { sessions },
      table: {
        head: ['session', 'name', 'role', 'tenants', 'by', 'since', 'seen', 'until'],
        rows: sessions.map((row) => [
          row.session_id,
          row.name,
          row.role,
          cell(row.tenants),
          row.method,
          row.started_at,
          dateCell(new Date(row.seen_at)),
          row.expires_at,
        ]),
      },
      lines: sessions.length === 0 ? ['nobody is signed in'] : [],
      exitCode: EXIT.ok,
    };
  },
});

export const consoleSessionsRevoke = storeCommand({
  name: 'console sessions revoke',
  input: z.strictObject({
    session: z.uuid().optional(),
    name: z.string().max(64).optional(),
    reason: z.string().max(1024).optional(),
  }),
  register: (program, submit) => {
    defineCommand(program, 'console sessions revoke', {
      arguments: '[session]',
      summary: 'end a session of the console, or all of somebody, at once',
      example: 'console sessions revoke --of ann --reason "laptop lost"',
    })
      .option('--of <name>', 'all sessions of this name', consoleName)
      .option('--reason <text>', 'why; goes to the audit log')
      .action((session: string | undefined, { of, ...options }) =>
        submit(
          'console sessions revoke',
          { ...given({ name: of, reason: options.reason }), ...(session === undefined ? {} : { session }) },
          options,
        ),
      );
  },
  run: async (context, { session, name, reason }) => {
    if ((session === undefined) === (name === undefined)) {
      throw new CommandRefused('usage', 'say which session, or --of NAME');
    }
    const nowMs = context.now();
    const { actor } = context;
    const ended = await context.db.transaction(async (tx) => {
      const count =
        session === undefined
          ? await endSessionsOf(tx, name ?? '', actor, nowMs)
          : Number(await endSession(tx, session.toLowerCase(), actor, nowMs));
      if (count > 0) {
        const note = {
          action: 'console.revoke',
          code: 'revoked',
          tenantId: null,
          subject: session ?? name ?? '',
        };
        await appendAudit(tx, [draftOf(note, { actor, reason: reason ?? null }, uuidv7())]);
      }
      return count;
    });
    if (ended === 0) throw new CommandRefused('session_unknown', 'there is no such living session');
    return done(`${ended} ${ended === 1 ? 'session has' : 'sessions have'} ended`, { ended });
  },
});
