import { State } from '../../components/badge.tsx';
import type { Verdict } from '../../verify/index.ts';

/** What came of a check in this browser, in words. */
export function VerdictBadge({
  verdict,
  yes,
}: {
  readonly verdict: Verdict<unknown>;
  /** What it means that it holds. */
  readonly yes: string;
}) {
  if (verdict.ok) return <State tone="ok">{yes}</State>;
  return (
    <State tone="bad">
      {verdict.detail} ({verdict.code})
    </State>
  );
}
