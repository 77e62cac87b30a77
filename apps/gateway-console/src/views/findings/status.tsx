import { State, type Tone } from '../../components/badge.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  open: 'bad',
  triaged: 'warn',
  closed: 'ok',
  suppressed: 'idle',
};

/** What has become of a finding (PROTOCOL.md section 12). */
export function Status({ value }: { readonly value: string }) {
  return <State tone={TONES[value] ?? 'idle'}>{value}</State>;
}
