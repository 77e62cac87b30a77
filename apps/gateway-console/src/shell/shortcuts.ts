import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/** `g`, then a letter. */
export const JUMPS: Readonly<Record<string, { readonly to: string; readonly label: string }>> = {
  o: { to: '/', label: 'Overview' },
  e: { to: '/events', label: 'Events' },
  f: { to: '/findings', label: 'Findings' },
  m: { to: '/attack', label: 'ATT&CK matrix' },
  r: { to: '/refusals', label: 'Refusals' },
  s: { to: '/security', label: 'Security events' },
  b: { to: '/feedback', label: 'Feedback' },
  t: { to: '/trust', label: 'Trust' },
  a: { to: '/audit', label: 'Audit log' },
  v: { to: '/verify', label: 'Verify a proof' },
};

/** Milliseconds within which the letter follows the `g`. */
const PATIENCE = 1200;

/** Keys that work anywhere but where somebody types, and not while a dialog is open. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const began = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const press = (key: KeyboardEvent): void => {
      if (key.defaultPrevented || key.ctrlKey || key.metaKey || key.altKey || isTyping(key.target)) return;
      const jump = key.timeStamp - began.current < PATIENCE ? JUMPS[key.key] : undefined;
      began.current = key.key === 'g' ? key.timeStamp : Number.NEGATIVE_INFINITY;
      if (jump !== undefined) void navigate({ to: jump.to });
      else if (key.key === '?') onHelp();
      else if (key.key === '/') firstFilter()?.focus();
      else return;
      key.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [navigate, onHelp]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null
  );
}

function firstFilter(): HTMLElement | null {
  return document.querySelector<HTMLElement>('search input, search select');
}
