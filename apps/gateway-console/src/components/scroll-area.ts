import { createContext, useContext } from 'react';

const Context = createContext<HTMLElement | null>(null);

/** The one element of a page that scrolls: tables of any length are part of it, none scrolls in itself. */
export const ScrollArea = Context.Provider;

export function useScrollArea(): HTMLElement | null {
  return useContext(Context);
}
