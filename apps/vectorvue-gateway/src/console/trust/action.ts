import { z } from 'zod';
import type { Database } from '../../store/database.ts';
import { type Consequence, foresee } from '../../trust/foresee.ts';
import { rehearse } from '../../trust/rehearse.ts';
import type { ChangeAuthor, TrustRefusalCode, TrustResult } from '../../trust/trust-change.ts';
import type { ConsoleContext } from '../context.ts';
import { type FieldFault, type Refusal, refusal } from '../refusal.ts';
import { OFFICER_ONLY } from '../roles.ts';
import { type ConsoleRoute, consoleRoute, reasonField } from '../route.ts';

/** What an action did, or would do. */
export interface Done {
  /** A sentence for people. */
  readonly said: string;
  /** What the keyring and its neighbours do not show by themselves. */
  readonly besides?: readonly Consequence[];
  /** The kid of a key that stood for the one which is not made in a rehearsal: the real one will have another. */
  readonly standIn?: string | undefined;
}

export interface ActionParts<Shape extends z.ZodRawShape> {
  /** `trustKeyRevoke`; its preview is `trustKeyRevokePreview`. */
  readonly id: string;
  /** `/trust/keys/revoke`; its preview is `/trust/keys/revoke/preview`. */
  readonly path: string;
  readonly summary: string;
  readonly input: Shape;
  /** What the officer has to type; null: nothing. Only of the input, so that it is the same in preview and change. */
  readonly typed?: (input: z.output<z.ZodObject<Shape>>) => string | null;
  /** Which field of the input a refusal is about. */
  readonly fields?: Partial<Record<TrustRefusalCode, string>>;
  /**
   * The function that the CLI calls as well, on the database that it is given: the real one, or the stage of a rehearsal.
   * `rehearsal`: nothing outside the database may be touched.
   */
  readonly run: (
    on: { readonly db: Database; readonly author: ChangeAuthor; readonly rehearsal: boolean },
    input: z.output<z.ZodObject<Shape>>,
    context: ConsoleContext,
  ) => Promise<TrustResult<Done>>;
}

const consequence = z.object({ weight: z.enum(['danger', 'warning', 'note']), text: z.string() });

const previewAnswer = z.object({
  said: z.string(),
  consequences: z.array(consequence).meta({ description: 'The gravest first' }),
  typed: z.string().nullable().meta({ description: 'What `typed` of the change has to be; null: nothing' }),
  at_version: z
    .number()
    .int()
    .meta({ description: 'The trust that this was judged by; say it in the change' }),
});

const changeAnswer = z.object({ said: z.string(), version: z.number().int() });

/**
 * A change of trust, and beside it what it would do: two calls of one function. For the security officer alone. What was
 * shown is what happens: the change names the version of trust that the preview was judged by, and is refused
 * (`trust_moved`) if somebody has changed it since.
 */
export function trustAction<Shape extends z.ZodRawShape>(parts: ActionParts<Shape>): readonly ConsoleRoute[] {
  const { id, path, summary, typed = () => null, fields = {} } = parts;
  const input = z.strictObject(parts.input);
  const body = z.strictObject({
    ...parts.input,
    reason: reasonField,
    at_version: z.number().int().min(0).meta({ description: '`at_version` of the preview' }),
    typed: z.string().max(512).optional(),
  });
  return [
    consoleRoute({
      id: `${id}Preview`,
      method: 'POST',
      path: `${path}/preview`,
      summary: `What this would do, found out by doing it and rolling it back: ${summary}`,
      roles: OFFICER_ONLY,
      body: input,
      answer: previewAnswer,
      handle: async (context, call) => {
        const asked = call.body as z.output<z.ZodObject<Shape>>;
        const author = { ...context.author, reason: 'preview', nowMs: context.now() };
        const { value, before, after } = await rehearse(context.store, author.nowMs, (db) =>
          parts.run({ db, author, rehearsal: true }, asked, context),
        );
        if (!value.ok) return besideField(value, fields);
        const { said, besides = [], standIn } = value.value;
        const named = (text: string) => (standIn === undefined ? text : text.replaceAll(standIn, NEW_KEY));
        const consequences = byWeight([...foresee(before, after), ...besides]).map(({ weight, text }) => ({
          weight,
          text: named(text),
        }));
        const answer = { said: named(said), typed: typed(asked), at_version: before.version };
        return { ok: true, value: { ...answer, consequences } };
      },
    }),
    consoleRoute({
      id,
      method: 'POST',
      path,
      summary,
      roles: OFFICER_ONLY,
      changes: true,
      body,
      answer: changeAnswer,
      handle: async (context, call) => {
        const {
          reason: _,
          at_version: atVersion,
          typed: given,
          ...rest
        } = call.body as z.output<typeof body> & Said;
        const asked = rest as z.output<z.ZodObject<Shape>>;
        const wanted = typed(asked);
        if (wanted !== null && given !== wanted) return unconfirmed(wanted);
        const author = { ...context.author, nowMs: context.now(), atVersion };
        const result = await parts.run({ db: context.store, author, rehearsal: false }, asked, context);
        if (!result.ok) return besideField(result, fields);
        const [row] = await context.store.query<{ version: number }>(VERSION);
        return { ok: true, value: { said: result.value.said, version: row?.version ?? 0 } };
      },
    }),
  ];
}

/** What every change says besides its input. */
interface Said {
  readonly reason: string;
  readonly at_version: number;
  readonly typed?: string | undefined;
}

/** It has no name before it is made. */
const NEW_KEY = '(the new one)';

const VERSION = { name: 'trust-version-v1', text: 'SELECT version FROM trust_state' };

function unconfirmed(wanted: string): Refusal {
  const faults: readonly FieldFault[] = [{ field: 'typed', message: `type ${wanted}` }];
  return refusal('confirmation_required', 'type the name of what this ends', faults);
}

function besideField(
  refused: { readonly code: TrustRefusalCode; readonly detail: string },
  fields: Partial<Record<TrustRefusalCode, string>>,
): Refusal {
  const field = fields[refused.code];
  const faults = field === undefined ? undefined : [{ field, message: refused.detail }];
  return refusal(refused.code, refused.detail, faults);
}

function byWeight(consequences: readonly Consequence[]): readonly Consequence[] {
  const order = ['danger', 'warning', 'note'] as const;
  return order.flatMap((weight) => consequences.filter((one) => one.weight === weight));
}
