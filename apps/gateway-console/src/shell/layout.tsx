import { Dialog } from '@base-ui/react/dialog';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Icon } from '../components/icon.tsx';
import { ScrollArea } from '../components/scroll-area.ts';
import { TimeBubble } from '../components/time.tsx';
import { AwayBar } from './away-bar.tsx';
import { Header } from './header.tsx';
import { KeyboardHelp } from './keyboard-help.tsx';
import styles from './layout.module.css';
import { useShortcuts } from './shortcuts.ts';
import { SideNavigation } from './side-navigation.tsx';

/** Side navigation, header and the view. Below 768 pixels the navigation is a drawer. */
export function Layout() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [isHelp, setHelp] = useState(false);
  const help = useCallback(() => setHelp(true), []);
  useShortcuts(help);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    setOpen(false);
    // A new page begins at its heading, for the keyboard and for a screen reader as for the eye.
    scroller?.focus({ preventScroll: true });
  }, [path, scroller]);
  return (
    <div className={styles.frame}>
      <button type="button" className={styles.skip} onClick={() => scroller?.focus()}>
        Skip to the content
      </button>
      <aside className={styles.side}>
        <SideNavigation />
      </aside>
      <div className={styles.body}>
        <Header
          onHelp={help}
          menu={
            <Dialog.Root open={isOpen} onOpenChange={setOpen}>
              <Dialog.Trigger className={styles.menu} aria-label="Open the navigation">
                <Icon name="menu" />
              </Dialog.Trigger>
              <Dialog.Portal>
                <Dialog.Backdrop className={styles.backdrop} />
                <Dialog.Popup className={styles.drawer}>
                  <Dialog.Title className="visually-hidden">Navigation</Dialog.Title>
                  <Dialog.Close className={styles.close} aria-label="Close the navigation">
                    <Icon name="close" />
                  </Dialog.Close>
                  <SideNavigation />
                </Dialog.Popup>
              </Dialog.Portal>
            </Dialog.Root>
          }
        />
        <AwayBar />
        <main
          id="main"
          ref={setScroller}
          className={styles.main}
          tabIndex={-1}
          data-scroll-restoration-id="main"
        >
          <ScrollArea value={scroller}>
            <Outlet />
          </ScrollArea>
        </main>
        <TimeBubble />
        <KeyboardHelp open={isHelp} onClose={() => setHelp(false)} />
      </div>
    </div>
  );
}
