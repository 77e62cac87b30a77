/** Places below the views that need to know what the world holds. */
import type { View } from './views.ts';

export async function details(): Promise<readonly View[]> {
  return [];
}
