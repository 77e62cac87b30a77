import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';
import styles from './dialog.module.css';
import { Icon } from './icon.tsx';

export interface DialogProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** What has the focus at first; without, the first that can have it. */
  readonly first?: RefObject<HTMLElement | null>;
}

/** Keeps the focus within while it is open, and gives it back; Escape closes. On a narrow page a sheet from below. */
export function Dialog({ title, about, open, onClose, children, first }: DialogProps) {
  return (
    <BaseDialog.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={styles.backdrop} />
        <BaseDialog.Popup className={styles.popup} {...(first === undefined ? {} : { initialFocus: first })}>
          <div className={styles.head}>
            <BaseDialog.Title className={styles.title}>{title}</BaseDialog.Title>
            <BaseDialog.Close className={styles.close} aria-label="Close">
              <Icon name="close" />
            </BaseDialog.Close>
          </div>
          {about !== undefined && (
            <BaseDialog.Description className={styles.about}>{about}</BaseDialog.Description>
          )}
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
