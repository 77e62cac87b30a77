import { Text } from '../../components/text.tsx';

/** Ids of techniques, as many as a cell has room for. */
export function Techniques({ of, most = 3 }: { readonly of: readonly string[]; readonly most?: number }) {
  const shown = of.slice(0, most).join(' ');
  return <Text mono value={of.length > most ? `${shown} +${of.length - most}` : shown} />;
}
