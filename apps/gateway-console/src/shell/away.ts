import { signal } from './signal.ts';

/** Since when nothing answers (milliseconds of the page's clock); null: the gateway answers. */
export const awaySince = signal<number | null>(null);

/** Delays between two questions whether the gateway is back, in milliseconds; the last one goes on. */
const PATIENCE = [1000, 2000, 3000, 5000] as const;

/**
 * From the first call without an answer: asks again and again, and tells `recovered` when something answers, whatever it
 * says: also a refusal comes from a gateway that is there.
 */
export function watchGateway(
  answers: () => Promise<boolean>,
  recovered: () => void,
): { away(): void; back(): void } {
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const back = (): void => {
    if (awaySince.get() === null) return;
    awaySince.set(null);
    if (timer !== null) clearTimeout(timer);
    timer = null;
    recovered();
  };
  const ask = (): void => {
    timer = setTimeout(
      () => {
        void answers().then((there) => {
          if (awaySince.get() === null) return;
          if (there) back();
          else ask();
        });
      },
      PATIENCE[Math.min(asked++, PATIENCE.length - 1)],
    );
  };
  return {
    away: () => {
      if (awaySince.get() !== null) return;
      awaySince.set(Date.now());
      asked = 0;
      ask();
    },
    back,
  };
}
