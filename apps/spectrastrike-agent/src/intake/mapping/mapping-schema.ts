import { z } from 'zod';

/** How deep a condition or a selector may nest; a mapping is to be read by people. */
const MAX_CHOICES = 64;

const Key = z.string().min(1).max(256);

/** One member's name, verbatim (a dot in it is a dot), or the way through several: names, and numbers of elements. */
const Path = z.union([
  Key,
  z
    .array(z.union([Key, z.int().min(0).max(1_000_000)]))
    .min(1)
    .max(16),
]);
export type Path = z.infer<typeof Path>;

const Scalar = z.union([z.string().max(1024), z.number(), z.boolean()]);

export type Condition =
  | { readonly field: Path; readonly equals: string | number | boolean }
  | { readonly field: Path; readonly in: readonly (string | number | boolean)[] }
  | { readonly field: Path; readonly starts_with: string }
  | { readonly field: Path; readonly exists: boolean }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ field: Path, equals: Scalar }),
    z.strictObject({ field: Path, in: z.array(Scalar).min(1).max(1024) }),
    z.strictObject({ field: Path, starts_with: z.string().min(1).max(1024) }),
    z.strictObject({ field: Path, exists: z.boolean() }),
    z.strictObject({ all: z.array(Condition).min(1).max(MAX_CHOICES) }),
    z.strictObject({ any: z.array(Condition).min(1).max(MAX_CHOICES) }),
    z.strictObject({ not: Condition }),
  ]),
);

export type Selector =
  | { readonly field: Path; readonly table?: Readonly<Record<string, string>> | undefined }
  | { readonly const: string }
  | { readonly first: readonly Selector[] }
  | { readonly join: readonly Selector[]; readonly with: string }
  | {
      readonly cases: readonly { readonly when: Condition; readonly use: Selector }[];
      readonly otherwise?: Selector | undefined;
    };

const Selector: z.ZodType<Selector> = z.lazy(() =>
  z.union([
    z.strictObject({ field: Path, table: z.record(z.string(), z.string().max(1024)).optional() }),
    z.strictObject({ const: z.string().min(1).max(1024) }),
    z.strictObject({ first: z.array(Selector).min(1).max(MAX_CHOICES) }),
    z.strictObject({ join: z.array(Selector).min(1).max(MAX_CHOICES), with: z.string().max(16) }),
    z.strictObject({
      cases: z
        .array(z.strictObject({ when: Condition, use: Selector }))
        .min(1)
        .max(MAX_CHOICES),
      otherwise: Selector.optional(),
    }),
  ]),
);

const Severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);

/** "UTC", an offset, or a name of the IANA database; whether that exists is checked when it is loaded. */
const Zone = z.string().min(1).max(64);

const Time = z.strictObject({
  field: Path,
  /** `any`: with an offset, without one, or a number by its size. */
  format: z.enum([
    'rfc3339',
    'local',
    'unix-seconds',
    'unix-milliseconds',
    'unix-microseconds',
    'unix-nanoseconds',
    'any',
  ]),
  /** Of a `local` time; UTC where it is absent. */
  zone: Zone.optional(),
  /** Why this time is not to be trusted; goes into the event as `observed_at_doubt`. */
  doubt: z.string().min(1).max(512).optional(),
});
export type TimeRule = z.infer<typeof Time>;

const TechniqueId = z.string().regex(/^T[0-9]{4}(\.[0-9]{3})?$/);
const TacticId = z.string().regex(/^TA[0-9]{4}$/);
const Reason = z.string().min(1).max(256);

/** In a path into the ranges' own file `*` is every element. */
const RangePath = z
  .array(z.union([Key, z.int().min(0)]))
  .min(1)
  .max(16);

const Range = z.strictObject({
  /** Lines, from 1, both included. */
  first: z.int().min(1),
  last: z.int().min(1),
  techniques: z.array(TechniqueId).min(1).max(32),
  tactics: z.array(TacticId).max(32).optional(),
});
export type Range = z.infer<typeof Range>;

const RangesFile = z.strictObject({
  /** Relative to the mapping. JSON. */
  file: z.string().min(1).max(1024),
  /** The way to the list of ranges; then, within each: */
  list: RangePath,
  first: RangePath,
  last: RangePath,
  techniques: RangePath,
  tactics: RangePath.optional(),
});
export type RangesFile = z.infer<typeof RangesFile>;

const Technique = z.strictObject({
  by_line: z.union([z.array(Range).min(1).max(100_000), RangesFile]).optional(),
  /** A member that holds an id, ids separated by commas, or a list of them. */
  named: Path.optional(),
  tactics: Path.optional(),
  cases: z
    .array(z.strictObject({ when: Condition, id: TechniqueId, reason: Reason }))
    .max(1024)
    .optional(),
  otherwise: z.strictObject({ id: TechniqueId, reason: Reason }),
});

const Asset = z.union([
  z.strictObject({ host: Selector }),
  z.strictObject({ url: Selector }),
  z.strictObject({ ref: Selector, kind: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/) }),
]);

const EventId = z.strictObject({
  /** Members that make the record what it is: host, channel, record number. */
  fields: z.array(Path).max(16),
  /** And all that is in it. */
  content: z.boolean(),
  /** Records that are equal in all of that: the second is a second event, or the same one. */
  repeats: z.enum(['number', 'same']),
});

export const MappingFile = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  skip: z
    .array(z.strictObject({ when: Condition, reason: z.string().regex(/^[a-z0-9][a-z0-9 ._-]{0,63}$/) }))
    .max(MAX_CHOICES)
    .optional(),
  source_system: Selector,
  event_type: Selector,
  severity: z.strictObject({
    from: Selector,
    table: z.record(z.string(), Severity),
    otherwise: Severity,
  }),
  time: z.array(Time).min(1).max(8),
  technique: Technique,
  asset: Asset,
  identity: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), Selector).optional(),
  status: Selector.optional(),
  description: Selector.optional(),
  event_id: EventId.optional(),
  /** Names of members; all where it is absent. */
  keep: z.array(Key).min(1).max(256).optional(),
  drop: z.array(Key).min(1).max(256).optional(),
});
export type MappingFile = z.infer<typeof MappingFile>;
