/** Element types of the bare insert's columns. */
export type ColumnType = 'text' | 'uuid' | 'int' | 'bigint' | 'boolean' | 'timestamptz' | 'bytea';

/** OIDs of pg_type, the same in every version of PostgreSQL. */
const OID: Readonly<Record<ColumnType, number>> = {
  text: 25,
  uuid: 2950,
  int: 23,
  bigint: 20,
  boolean: 16,
  timestamptz: 1184,
  bytea: 17,
};

/** 2000-01-01T00:00:00Z, where PostgreSQL's microseconds begin; Unix milliseconds. */
const EPOCH_MS = 946_684_800_000;
const NULL = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/**
 * A column of values as PostgreSQL's array_recv reads it, which is how the gateway sends its columns: a bare insert
 * that sent text would pay for quoting and parsing that the gateway does not pay, and flatter it.
 */
export function binaryArray(type: ColumnType, values: readonly unknown[]): Buffer {
  const head = Buffer.alloc(values.length === 0 ? 12 : 20);
  head.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  head.writeInt32BE(values.some(isNull) ? 1 : 0, 4);
  head.writeInt32BE(OID[type], 8);
  if (values.length > 0) {
    head.writeInt32BE(values.length, 12);
    head.writeInt32BE(1, 16);
  }
  return Buffer.concat([head, ...values.flatMap((value) => element(type, value))]);
}

function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function element(type: ColumnType, value: unknown): Buffer[] {
  if (isNull(value)) return [NULL];
  const bytes = bytesOf(type, value);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return [length, bytes];
}

function bytesOf(type: ColumnType, value: unknown): Buffer {
  switch (type) {
    case 'text':
      return Buffer.from(String(value), 'utf8');
    case 'uuid':
      return Buffer.from(String(value).replaceAll('-', ''), 'hex');
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'bytea':
      return value as Buffer;
    case 'int': {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(Number(value));
      return bytes;
    }
    case 'bigint':
      return eightBytes(BigInt(Number(value)));
    case 'timestamptz':
      return eightBytes(BigInt(Date.parse(String(value)) - EPOCH_MS) * 1000n);
  }
}

function eightBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
