import { useSyncExternalStore } from 'react';

/** `system`: what the reader's system prefers, also when it changes at night. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'nyxera-theme';
const listeners = new Set<() => void>();
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

systemIsDark.addEventListener('change', tell);

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function chosen(): Theme {
  const value = document.documentElement.dataset.theme;
  return value === 'light' || value === 'dark' ? value : 'system';
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is refused: the choice holds until the page is left.
  }
  tell();
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosen);
}

/** What is shown now: for what is drawn on a canvas, where CSS does not reach. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => {
    const theme = chosen();
    return theme === 'system' ? systemIsDark.matches : theme === 'dark';
  });
}

/** The colour that a custom property has now, as a canvas understands it. */
export function colourOf(property: string, at: Element = document.documentElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  probe.style.display = 'none';
  (at === document.documentElement ? document.body : at).append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
