import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';
import { GatewayAway } from '../api/refusal.ts';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { FaultNote } from '../components/fault-note.tsx';
import { AwayBar } from './away-bar.tsx';

/** A view that could not be shown at all. A gateway that is away is waited for. */
export function Trouble({ error, reset }: ErrorComponentProps) {
  useEffect(() => {
    if (!(error instanceof GatewayAway)) return;
    const timer = setInterval(reset, 3000);
    return () => clearInterval(timer);
  }, [error, reset]);
  return (
    <main>
      <AwayBar />
      <FaultNote error={error instanceof Error ? error : new Error(String(error))} />
      <Button onClick={reset}>Try again</Button>
    </main>
  );
}

export function NotFound() {
  return (
    <EmptyState title="There is no such page">
      The address may be mistyped, or from an older version of the console. The navigation lists every view.
    </EmptyState>
  );
}
