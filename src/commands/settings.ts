/** What holds in the end: flags over the config file over defaults. */
import type { Settings } from './config.ts'

/** What holds where neither a flag nor the file says otherwise. */
const DEFAULTS: Settings = {
  interval: 1,
  sort: 'bytes',
  filter: '',
  theme: 'auto',
  bell: false,
  utc: false,
  askTimeout: '30s',
  quotaRecount: '10m',
  onExit: 'release',
}

/** Flags as they were given, undefined where they were not. */
type Given = Record<string, unknown> & { protect?: string[] | undefined }

/** All flags, given or not. Whom no rule may hit, adds up; of all else the flag wins. */
export function settled(flags: Given, settings: Settings): Given {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  return { ...DEFAULTS, ...settings, ...given, protect: [...(settings.protect ?? []), ...(flags.protect ?? [])] }
}
