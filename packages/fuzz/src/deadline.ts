/** Whether there is time left, of so many seconds from now; always, where no number is given. */
export function deadline(seconds: number | undefined): () => boolean {
  if (seconds === undefined) return () => true;
  const end = performance.now() + seconds * 1000;
  return () => performance.now() < end;
}
