/** What each role of a text looks like, by theme: the one place where colours have names. */

/** What a text is for, which decides its look. 'news': what just came; 'dim': what may be overlooked. */
export type Role = 'accent' | 'good' | 'warn' | 'alert' | 'news' | 'dim'

/** As Ink's Text takes it. */
export interface Look {
  color?: string
  dimColor?: boolean
  bold?: boolean
  underline?: boolean
}

/** A table of looks. */
export type ThemeName = 'dark' | 'light' | 'mono'

/** What one may ask for. */
export const THEME_CHOICES = ['auto', 'dark', 'light', 'mono'] as const
export type ThemeChoice = (typeof THEME_CHOICES)[number]

export const THEMES: Record<ThemeName, Record<Role, Look>> = {
  // The terminal's own colours, which its user has chosen.
  dark: {
    accent: { color: 'cyan' },
    good: { color: 'green' },
    warn: { color: 'yellow' },
    alert: { color: 'red' },
    news: { color: 'magenta' },
    dim: { dimColor: true },
  },
  // Cyan, yellow and what is dimmed cannot be read on white. These can, where there are 256; with 16 the nearest is taken.
  light: {
    accent: { color: 'ansi256(25)' },
    good: { color: 'ansi256(28)' },
    warn: { color: 'ansi256(130)' },
    alert: { color: 'ansi256(124)' },
    news: { color: 'ansi256(127)' },
    dim: { color: 'ansi256(241)' },
  },
  // Dimmed text is lost on some terminals without colours, so it is plain here.
  mono: {
    accent: {},
    good: {},
    warn: { underline: true },
    alert: { bold: true, underline: true },
    news: { bold: true },
    dim: {},
  },
}

/** Background colours, of the sixteen, that are light: as COLORFGBG names the last of its parts. */
const LIGHT = ['7', '15']

/**
 * The theme to use. 'auto': mono where NO_COLOR is set or the terminal has no colours; light where the terminal says by COLORFGBG
 * that its background is; else dark. A theme that is asked for by name wins over NO_COLOR, as no-color.org has it.
 */
export function themeFor(choice: ThemeChoice, env: Readonly<Record<string, string | undefined>>): ThemeName {
  if (choice !== 'auto') return choice
  if (env.NO_COLOR || /^(dumb|vt\d+)|-m(ono)?$/.test(env.TERM ?? '')) return 'mono'
  return LIGHT.includes(env.COLORFGBG?.split(';').at(-1) ?? '') ? 'light' : 'dark'
}
