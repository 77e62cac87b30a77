import type { ComponentProps } from 'react';
import styles from './button.module.css';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  /** `primary`: the one thing to do here. `danger`: what cannot be taken back. */
  readonly tone?: 'plain' | 'primary' | 'danger';
  readonly type?: 'button' | 'submit';
}

export function Button({ tone = 'plain', type = 'button', className, ...rest }: ButtonProps) {
  return <button {...rest} type={type} className={`${styles.button} ${styles[tone]} ${className ?? ''}`} />;
}

/** Only an icon to see; `label` is what it does. */
export function IconButton({
  label,
  className,
  ...rest
}: Omit<ComponentProps<'button'>, 'type' | 'aria-label' | 'title'> & { readonly label: string }) {
  return (
    <button
      {...rest}
      type="button"
      aria-label={label}
      title={label}
      className={`${styles.icon} ${className ?? ''}`}
    />
  );
}

/** The look of a button for what is a link or the trigger of a menu. */
export const primaryClass = `${styles.button} ${styles.primary}`;
export const buttonClass = `${styles.button} ${styles.plain}`;
