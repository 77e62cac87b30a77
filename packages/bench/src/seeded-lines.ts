/** JSON lines of about 1.1 KB, the same for the same seed, with the kinds of values that real host logs hold. */
export function seededLines(seed: number, count: number): string[] {
  const random = mulberry32(seed);
  const word = (length: number): string => {
    let text = '';
    while (text.length < length) text += Math.floor(random() * 36 ** 6).toString(36);
    return text.slice(0, length);
  };
  return Array.from({ length: count }, (_, index) => {
    const members = {
      EventID: 1 + Math.floor(random() * 5000),
      Hostname: `host-${Math.floor(random() * 40)}.example.test`,
      Level: String(random() < 0.02 ? 2 : random() < 0.1 ? 3 : 4),
      Message: `Process ${word(12)} accessed \\"${word(40)}\\"\r\n${Array.from({ length: 24 }, () => word(24)).join(' ')}`,
      RecordNumber: index,
      User: `EXAMPLE\\${word(8)}`,
    };
    // Beyond 2^53, as the keywords of Windows logs are; JSON.stringify could not write it.
    return `${JSON.stringify(members).slice(0, -1)},"Keywords":-9214364837600034816}`;
  });
}

/** A small seeded generator; good enough for text, never for keys. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
