import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { appendAudit } from '../../audit/append.ts';
import { draftOf } from '../../console/audit-console.ts';
import { listUsers, putUser, removeUser } from '../../console/session/users.ts';
import { cell, done } from '../answer.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { CONSOLE_NAME, consoleName, rightsInput, rightsOf, withRights } from '../console-rights.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'a certificate is named by the SHA-256 of its DER: 64 hex digits')
  .transform((text) => text.toLowerCase());

export const consoleUserAdd = storeCommand({
  name: 'console user add',
  input: z.strictObject({
    ...rightsInput,
    name: z.string().regex(CONSOLE_NAME),
    certificate: sha256.optional(),
    issuer: z.url().max(512).optional(),
    subject: z.string().min(1).max(255).optional(),
    reason: z.string().max(1024).optional(),
  }),
  register: (program, submit) => {
    withRights(
      defineCommand(program, 'console user add', {
        arguments: '<name>',
        summary:
          'let somebody sign in by certificate or at an identity provider; a name that is there gets these rights instead',
        example: 'console user add ann --role officer --issuer https://id.example --subject 24400320',
        notes: 'Sessions that the name has end: they have the rights of before.',
      }),
    )
      .option('--certificate <sha256>', 'SHA-256 of the DER client certificate, hex')
      .option('--issuer <url>', 'identity provider, exactly as its tokens write it')
      .option('--subject <text>', 'who it is there: the claim "sub", exactly')
      .option('--reason <text>', 'why; goes to the audit log')
      .action((name: string, { tenant, role, certificate, issuer, subject, reason, ...options }) =>
        submit(
          'console user add',
          given({ name: consoleName(name), role, tenants: tenant, certificate, issuer, subject, reason }),
          options,
        ),
      );
  },
  run: async (context, input) => {
    const { name, certificate = null, issuer = null, subject = null } = input;
    if ((issuer === null) !== (subject === null))
      throw new CommandRefused('usage', '--issuer and --subject go together');
    if (certificate === null && issuer === null) {
      throw new CommandRefused('usage', 'say how they sign in: --certificate, or --issuer and --subject');
    }
    const rights = await rightsOf(context, input);
    const { actor } = context;
    const nowMs = context.now();
    const result = await context.db.transaction(async (tx) => {
      const user = { name, ...rights, certificate_sha256: certificate, issuer, subject };
      const put = await putUser(tx, user, actor, nowMs);
      if (!put.ok) return put;
      const text = JSON.stringify({
        name,
        role: rights.role,
        tenants: rights.tenants ?? 'all',
        issuer,
        subject,
      });
      const note = { action: 'console.user_add', tenantId: null, subject: text, peerSha256: certificate };
      await appendAudit(tx, [draftOf(note, { actor, reason: input.reason ?? null }, uuidv7())]);
      return put;
    });
    if (!result.ok)
      throw new CommandRefused(
        'user_exists',
        `that certificate or subject belongs to ${result.takenBy} already`,
      );
    return done(`${name} may sign in as ${rights.role}; ${result.ended} sessions ended`, {
      name,
      ended: result.ended,
    });
  },
});

export const consoleUserRemove = storeCommand({
  name: 'console user remove',
  input: z.strictObject({ name: z.string().max(64), reason: z.string().max(1024).optional() }),
  register: (program, submit) => {
    defineCommand(program, 'console user remove', {
      arguments: '<name>',
      summary: 'let somebody sign in no longer; sessions end at once',
      example: 'console user remove ann --reason "left"',
    })
      .option('--reason <text>', 'why; goes to the audit log')
      .action((name: string, { reason, ...options }) =>
        submit('console user remove', given({ name, reason }), options),
      );
  },
  run: async (context, { name, reason }) => {
    const { actor } = context;
    const ended = await context.db.transaction(async (tx) => {
      const count = await removeUser(tx, name, actor, context.now());
      if (count !== null) {
        const note = { action: 'console.user_remove', tenantId: null, subject: name };
        await appendAudit(tx, [draftOf(note, { actor, reason: reason ?? null }, uuidv7())]);
      }
      return count;
    });
    if (ended === null) throw new CommandRefused('user_unknown', 'there is no such user');
    return done(`${name} signs in no longer; ${ended} sessions ended`, { name, ended });
  },
});

export const consoleUserList = storeCommand({
  name: 'console user list',
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'console user list', {
      summary: 'who may sign in to a remote console, and how',
      example: 'console user list',
    }).action((options) => submit('console user list', {}, options));
  },
  run: async (context) => {
    const users = (await listUsers(context.db)).map((row) => ({
      ...row,
      added_at: row.added_at.toISOString(),
    }));
    return {
      json: { users },
      table: {
        head: ['name', 'role', 'tenants', 'certificate', 'issuer', 'subject', 'added by', 'added'],
        rows: users.map((row) => [
          row.name,
          row.role,
          cell(row.tenants),
          row.certificate_sha256 ?? '-',
          row.issuer ?? '-',
          row.subject ?? '-',
          row.added_by,
          row.added_at,
        ]),
      },
      lines: users.length === 0 ? ['nobody: on loopback "console" prints a link'] : [],
      exitCode: EXIT.ok,
    };
  },
});
