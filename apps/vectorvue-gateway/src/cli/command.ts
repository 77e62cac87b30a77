import type { Command } from 'commander';
import type { z } from 'zod';
import type { Database } from '../store/database.ts';
import type { ExitCode } from './exit-codes.ts';
import type { CliIo } from './io.ts';

/** What can be written as JSON. */
export type JsonLike =
  | null
  | boolean
  | number
  | string
  | readonly JsonLike[]
  | { readonly [member: string]: JsonLike };

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * What a command answers with. Plain data: it travels through the socket of a running gateway. Nothing in it is
 * escaped for a terminal; whoever prints it does that.
 */
export interface CommandResult {
  /** The one document of `--json`. */
  readonly json: { readonly [member: string]: JsonLike };
  readonly table?: Table | undefined;
  /** Sentences, printed after the table. */
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
  /** Text for `--out`, else for stdout (the lines then go to stderr): written by the process that the user started. */
  readonly file?: string | undefined;
}

/** Runs a command where the data is, and prints what it answers. */
export type Submit = (name: string, input: JsonLike, options: CommonOptions) => Promise<void>;

/** What a command that works on the store is given, in this process or in the running gateway. */
export interface CommandContext {
  readonly db: Database;
  /** Unix milliseconds. */
  now(): number;
  /** Who asks: `cli:<login name>`. */
  readonly actor: string;
  /** How far a long command is. Absent where nobody can see it: through the socket. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/**
 * A command on the store. `run` is given what `input` has parsed, wherever it runs: what comes through the socket
 * is checked like what comes from the command line.
 */
export interface StoreCommand {
  /** `key revoke`: what the user types, and what the socket is asked for. */
  readonly name: string;
  /** Changes nothing: a login of vectorvue_read or vectorvue_retain will do. */
  readonly readOnly: boolean;
  /** Works with the rights of vectorvue_retain and of nobody else. */
  readonly retains: boolean;
  /** Adds the command to the program; `submit` is called with the raw input. */
  register(program: Command, submit: Submit, io: CliIo): void;
  run(context: CommandContext, input: unknown): Promise<CommandResult>;
}

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** A file that must not exist yet. */
  readonly out?: string;
}

/** Ties the schema of the input to the function that uses it, and forgets the type outside. */
export function storeCommand<Schema extends z.ZodType>(parts: {
  readonly name: string;
  readonly readOnly?: boolean;
  readonly retains?: boolean;
  readonly input: Schema;
  readonly register: StoreCommand['register'];
  readonly run: (context: CommandContext, input: z.infer<Schema>) => Promise<CommandResult>;
}): StoreCommand {
  return {
    name: parts.name,
    readOnly: parts.readOnly ?? false,
    retains: parts.retains ?? false,
    register: parts.register,
    run: async (context, raw) => {
      const parsed = parts.input.safeParse(raw);
      if (parsed.success) return parts.run(context, parsed.data);
      const issue = parsed.error.issues[0];
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      throw new UsageError(`${where}${issue?.message ?? 'invalid input'}`);
    },
  };
}

/** A command that cannot be done as it was asked for. Ends with exit code 2. */
export class CommandRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Wrong arguments. */
export class UsageError extends CommandRefused {
  constructor(message: string) {
    super('usage', message);
  }
}

/** A fault that the running gateway reports through its socket: its code, its sentence. Ends with exit code 1. */
export class RemoteFault extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
