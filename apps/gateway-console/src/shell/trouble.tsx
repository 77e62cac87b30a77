import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';
import { GatewayAway } from '../api/refusal.ts';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { FaultNote } from '../components/fault-note.tsx';
import { AwayBar } from './away-bar.tsx';
import { isCodeAway, reloadWhenBack } from './view-code.ts';

/** Between two attempts, milliseconds. */
const AGAIN_MS = 3000;

/** A view that could not be shown at all. A gateway that is away is waited for. */
export function Trouble({ error, reset }: ErrorComponentProps) {
  useEffect(() => {
    if (isCodeAway(error)) return reloadWhenBack(error, AGAIN_MS);
    if (!(error instanceof GatewayAway)) return;
    const timer = setInterval(reset, AGAIN_MS);
    return () => clearInterval(timer);
  }, [error, reset]);
  return (
    <main>
      <AwayBar />
      <FaultNote error={isCodeAway(error) ? new GatewayAway() : asError(error)} />
      <Button onClick={reset}>Try again</Button>
    </main>
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

export function NotFound() {
  return (
    <EmptyState title="There is no such page">
      The address may be mistyped, or from an older version of the console. The navigation lists every view.
    </EmptyState>
  );
}
