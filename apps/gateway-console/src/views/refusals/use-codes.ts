import { useMemo } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';

export type Code = Answer<'/codes'>['items'][number];

/** What each code means, by code; empty until it is known. Words of the gateway, none of a peer. */
export function useCodes(): ReadonlyMap<string, Code> {
  const { data } = useAnswer('/codes');
  return useMemo(() => new Map(data?.items.map((item) => [item.code, item])), [data]);
}
