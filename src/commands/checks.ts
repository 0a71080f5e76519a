/** What settings may be, whether they come as flags or from the config file. Each throws a sentence that begins with the setting's `name`. */
import { MAPPED_CHOICES, type MappedChoice } from '../kernel/guard/store-watch.ts'
import { type Filter, parseFilter } from '../model/filter.ts'
import { PROCESS_COLUMNS, type ProcessColumn } from '../model/sort.ts'
import { type Protection, parseProtection } from '../rules/protection.ts'
import { near } from '../rules/words.ts'
import { SHOWN_COLUMNS, type ShownColumn } from '../ui/look.ts'
import { THEME_CHOICES, type ThemeChoice } from '../ui/theme.ts'

/** Bad usage: exit status 2. */
export class UsageError extends Error {}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found === undefined) throw new UsageError(`${name} ${text}: choose ${known.join(', ')}${near(text, known)}`)
  return found
}

/** Seconds between two updates. */
export function intervalOf(name: string, seconds: number): number {
  if (!(seconds >= 0.1 && seconds <= 3600)) throw new UsageError(`${name} ${seconds}: seconds from 0.1 to 3600`)
  return seconds
}

/** Seconds after which a command ends. */
export function durationOf(name: string, seconds: number): number {
  if (!(seconds > 0)) throw new UsageError(`${name} ${seconds}: seconds, more than 0`)
  return seconds
}

/** A column to sort by. */
export function sortOf(name: string, text: string): ProcessColumn {
  return oneOf(name, text, PROCESS_COLUMNS)
}

/** Columns of the processes to show, in their order. */
export function columnsOf(name: string, ids: readonly string[]): ShownColumn[] {
  return columnsAmong(name, ids, SHOWN_COLUMNS)
}

/** Columns to show, in their order, of those a view has. */
export function columnsAmong<T extends string>(name: string, ids: readonly string[], known: readonly T[]): T[] {
  const columns = ids.map((id) => oneOf(name, id, known))
  const twice = columns.find((id, i) => columns.indexOf(id) !== i)
  if (twice !== undefined) throw new UsageError(`${name}: ${twice} is there twice`)
  if (columns.length === 0) throw new UsageError(`${name}: at least one of ${known.join(', ')}`)
  return columns
}

/** A filter to start with; null: none. */
export function filterOf(name: string, text: string): Filter | null {
  const parsed = parseFilter(text)
  if (!parsed.ok) throw new UsageError(`${name} ${text}: at character ${parsed.column + 1}: ${parsed.message}`)
  return parsed.filter
}

/** A theme. */
export function themeOf(name: string, text: string): ThemeChoice {
  return oneOf(name, text, THEME_CHOICES)
}

/** NAME, /path, pid=N or unit=NAME of processes that no rule may hit. */
export function protectOf(name: string, text: string): Protection {
  const parsed = parseProtection(text)
  if (typeof parsed === 'string') throw new UsageError(`${name}${text === '' ? '' : ` ${text}`}: ${parsed}`)
  return parsed
}

const SECONDS: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600 }

/** ms of a time such as 30s, 2m, 1h or seconds. NaN where the text is no time. */
function msOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,5})([smh]?)$/.exec(text) ?? []
  return Number(digits) * (SECONDS[unit] ?? 1) * 1000
}

/** A time such as 30s, 2m, 1h or seconds, from 1 s to 24 h, in ms. */
export function timeOf(name: string, text: string): number {
  const ms = msOf(text)
  if (!(ms >= 1000 && ms <= 86_400_000)) throw new UsageError(`${name} ${text}: from 1s to 24h, such as 30s or 2m`)
  return ms
}

/** What deny and ask rules do about stores through mappings made before them. Throws UsageError, which begins with `name`. */
export function mappedChoiceOf(name: string, text: string): MappedChoice {
  return oneOf(name, text, MAPPED_CHOICES)
}

/** ms that rules hold after the program died where no time is given, and at most. */
const [KEEP_MS, MOST_KEEP_MS] = [60_000, 3_600_000]

/** ms that rules are kept after the program died, by `release` (0), `keep` or `keep:TIME`. Throws UsageError, which names the flag `name`. */
export function onExitOf(name: string, text: string): number {
  if (text === 'release') return 0
  if (text === 'keep') return KEEP_MS
  const [word = '', time] = text.split(/:(.*)/s)
  if (word !== 'keep' || time === undefined) throw new UsageError(`${name} ${text}: choose release, keep or keep:TIME${near(word, ['release', 'keep'])}`)
  const ms = msOf(time)
  if (!(ms >= 1000 && ms <= MOST_KEEP_MS)) throw new UsageError(`${name} ${text}: from 1s to 1h, such as keep:30s or keep:2m`)
  return ms
}
