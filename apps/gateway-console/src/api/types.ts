import type { paths } from './schema.gen.ts';

type Method = 'get' | 'post';
type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;

/** Every path that can be read. */
export type GetPath = { [P in keyof paths]: paths[P] extends { get: object } ? P : never }[keyof paths];
/** Every path that changes something. */
export type PostPath = { [P in keyof paths]: paths[P] extends { post: object } ? P : never }[keyof paths];

type Json<O> = O extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : never;

/** What `GET path` answers. */
export type Answer<P extends GetPath> = Json<Operation<P, 'get'>>;
/** What `POST path` answers. */
export type Changed<P extends PostPath> = Json<Operation<P, 'post'>>;
/** What `POST path` wants. */
export type Body<P extends PostPath> =
  Operation<P, 'post'> extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;

/** A list, by keyset: `next` is the cursor of what follows, null at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Every path that answers with a list. */
export type ListPath = {
  [P in GetPath]: Answer<P> extends { items: readonly unknown[]; next: string | null } ? P : never;
}[GetPath];
export type Item<P extends GetPath> = Answer<P> extends { items: readonly (infer I)[] } ? I : never;

/** The `{name}` parts of a path. */
export type Params = Readonly<Record<string, string>>;
/** Query parameters; what is absent or empty is not sent. */
export type Query = Readonly<Record<string, string | number | undefined>>;
