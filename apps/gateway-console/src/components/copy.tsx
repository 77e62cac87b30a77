import { useEffect, useState } from 'react';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

/** Puts the value, exactly as it is, on the clipboard, and says so. */
export function Copy({ value, what }: { readonly value: string; readonly what: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    // Without TLS on another host than this one a browser gives no clipboard.
    const done = await navigator.clipboard?.writeText(value).then(
      () => true,
      () => false,
    );
    setState(done === true ? 'copied' : 'refused');
  };
  return (
    <>
      <IconButton
        label={`Copy ${what}`}
        onClick={(click) => {
          click.stopPropagation();
          void copy();
        }}
      >
        <Icon name={state === 'copied' ? 'check' : state === 'refused' ? 'warning' : 'copy'} size={15} />
      </IconButton>
      <span role="status" className="visually-hidden">
        {state === 'copied' && `${what} copied`}
        {state === 'refused' && 'The browser refused the clipboard; select the text instead'}
      </span>
    </>
  );
}
