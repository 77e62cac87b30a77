import { State, type Tone } from '../../components/badge.tsx';

interface Standing {
  readonly state: 'pending' | 'active' | 'retiring' | 'revoked';
  readonly verifies: boolean;
  readonly not_after: string | null;
}

const TONES: Readonly<Record<Standing['state'], Tone>> = {
  pending: 'info',
  active: 'ok',
  retiring: 'warn',
  revoked: 'bad',
};

/** An active key whose time is over verifies nothing, and that is what counts. */
export function KeyStateBadge({ of }: { readonly of: Standing }) {
  const isOver = (of.state === 'active' || of.state === 'retiring') && !of.verifies;
  return (
    <State tone={isOver ? 'idle' : TONES[of.state]}>{isOver ? `${of.state}, not valid now` : of.state}</State>
  );
}
