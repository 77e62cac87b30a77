import { open } from 'node:fs/promises';

/** All bytes of a stream, or null where there are more than `limit`: the rest is not read. */
export async function readAllLimited(
  stream: AsyncIterable<Uint8Array | string>,
  limit: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    size += bytes.length;
    if (size > limit) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** A whole file, or null where it is longer than `limit`. Throws what the file system throws. */
export async function readFileLimited(path: string, limit: number): Promise<Uint8Array | null> {
  const file = await open(path, 'r');
  try {
    const status = await file.stat();
    if (status.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    if (status.size > limit) return null;
    return await readAllLimited(file.createReadStream({ autoClose: false }), limit);
  } finally {
    await file.close();
  }
}
