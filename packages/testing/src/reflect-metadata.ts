/**
 * The three functions of the Reflect metadata proposal which `tsyringe` (inside `@peculiar/x509`) asks for
 * when it is loaded. Import this file before `@peculiar/x509`. A fuller polyfill that is already there stays.
 *
 * Metadata is kept per object and key; property keys of the proposal are not supported, nobody here uses them.
 */
interface ReflectWithMetadata {
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
  getMetadata?: (key: unknown, target: object) => unknown;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
}

const reflect = Reflect as ReflectWithMetadata;

if (reflect.getMetadata === undefined) {
  const metadata = new WeakMap<object, Map<unknown, unknown>>();
  const own = (key: unknown, target: object): unknown => metadata.get(target)?.get(key);

  reflect.defineMetadata = (key, value, target) => {
    const entries = metadata.get(target) ?? new Map<unknown, unknown>();
    entries.set(key, value);
    metadata.set(target, entries);
  };
  reflect.getOwnMetadata = own;
  reflect.getMetadata = (key, target) => {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
      const value = own(key, at);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

export {};
