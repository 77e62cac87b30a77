import { IconButton } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { chooseTheme, type Theme, useTheme } from '../theme/theme.ts';

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const ICON = { system: 'half', light: 'sun', dark: 'moon' } as const;

/** One button, three states: what the system prefers, light, dark. */
export function ThemeSwitch() {
  const theme = useTheme();
  return (
    <IconButton label={`Theme: ${theme}. Change to ${NEXT[theme]}`} onClick={() => chooseTheme(NEXT[theme])}>
      <Icon name={ICON[theme]} />
    </IconButton>
  );
}
