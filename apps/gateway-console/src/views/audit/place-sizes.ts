/** Pixels at the ends of the axis, and between two marks at least: a label has its place. */
const MARGIN = 46;
const LEAST = 64;

/** Where sizes stand on an axis of that width: in proportion, but no nearer to each other than can be read. */
export function placeSizes(sizes: readonly number[], width: number): readonly number[] {
  const last = sizes.at(-1) ?? 1;
  const room = width - 2 * MARGIN;
  const least = Math.min(LEAST, room / Math.max(1, sizes.length - 1));
  const places = sizes.map((size) => MARGIN + (room * size) / Math.max(1, last));
  for (let n = 1; n < places.length; n += 1)
    places[n] = Math.max(places[n] ?? 0, (places[n - 1] ?? 0) + least);
  let limit = width - MARGIN;
  for (let n = places.length - 1; n >= 0; n -= 1) {
    places[n] = Math.min(places[n] ?? 0, limit);
    limit = (places[n] ?? 0) - least;
  }
  return places;
}
