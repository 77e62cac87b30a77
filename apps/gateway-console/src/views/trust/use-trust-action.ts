import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import type { Changed, PostPath } from '../../api/types.ts';
import type { ActionBody } from './action-body.ts';

const ROOT = '/trust';

type Suffix<P> = P extends `${typeof ROOT}/${infer S}/preview` ? S : never;
/** What the gateway can be asked to change about trust: `keys/revoke`. Each has a preview. */
export type TrustAction = Suffix<PostPath>;

export type Preview = Changed<'/trust/keys/revoke/preview'>;
export type Consequence = Preview['consequences'][number];

type Call = (path: string, init: object) => Promise<{ readonly data?: unknown }>;

export interface TrustActionState {
  /** What would happen; null: not asked yet. */
  readonly preview: Preview | null;
  readonly error: Error | null;
  readonly isBusy: boolean;
  /** Asks what the input would do. Nothing is changed. */
  readonly look: (body: ActionBody) => Promise<void>;
  /** Does what was looked at. Resolves with whether it was done. */
  readonly confirm: (reason: string, typed: string) => Promise<boolean>;
  readonly back: () => void;
}

/** Look, then confirm: the confirmation names the version of trust that the look was at. */
export function useTrustAction(action: TrustAction): TrustActionState {
  const cache = useQueryClient();
  const [looked, setLooked] = useState<{ readonly preview: Preview; readonly body: ActionBody } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const post = async (path: string, body: ActionBody): Promise<unknown> =>
    (await (api.POST as Call)(`${ROOT}/${path}`, { body })).data;
  const trying = async (work: () => Promise<void>): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return {
    preview: looked?.preview ?? null,
    error,
    isBusy,
    look: async (body) => {
      await trying(async () => {
        setLooked({ preview: (await post(`${action}/preview`, body)) as Preview, body });
      });
    },
    confirm: async (reason, typed) => {
      if (looked === null) return false;
      const { preview, body } = looked;
      return trying(async () => {
        const named = preview.typed === null ? {} : { typed };
        await post(action, { ...body, ...named, reason, at_version: preview.at_version });
        await cache.invalidateQueries();
      });
    },
    back: () => {
      setLooked(null);
      setError(null);
    },
  };
}
