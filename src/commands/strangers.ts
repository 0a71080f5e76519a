/** Flags that mean nothing to a command are refused: one that is swallowed looks as if it had been obeyed. */
import { near } from '../rules/words.ts'
import { printable } from '../text/printable.ts'
import { UsageError } from './options.ts'

/** Flags of all that take settings. */
const ALWAYS = ['config']
const WATCHING = ['pid', 'comm', 'user', 'cgroup', 'path', 'attach', 'maxEntries', 'interval']
const RULES = ['rule', 'policy', 'dryRun', 'force', 'protect', 'enforce', 'askTimeout', 'askDefault', 'quotaRecount', 'onExit', 'mapped']

/** What each command takes; '' is the screen. */
const TAKES: Record<string, string[]> = {
  '': [
    ...ALWAYS,
    ...WATCHING,
    ...RULES,
    'filter',
    'sort',
    'columns',
    'all',
    'record',
    'events',
    'replay',
    'speed',
    'bell',
    'theme',
    'ascii',
    'screenReader',
    'mouse',
    'utc',
  ],
  batch: [...ALWAYS, ...WATCHING, 'all', 'json', 'events', 'for', 'sort', 'filter'],
  guard: [...ALWAYS, ...RULES, 'json', 'for', 'utc'],
  doctor: [],
  release: [],
}

const dashed = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** What meow itself answers. */
const OF_ALL = ['--help', '--version']

/** Does what is behind this argument belong to it? */
function isValue(before: string | undefined, known: readonly string[]): boolean {
  const name = known.find((one) => dashed(one) === before)
  return name !== undefined && !SWITCHES.includes(name)
}

/** `args`: the command line as it was given, up to a `--`. Throws UsageError. */
export function refuseStrangers(command: string, args: readonly string[]): void {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const known = [...new Set(Object.values(TAKES).flat())]
  for (const [i, argument] of own.entries()) {
    const [flag, value] = argument.split(/=(.*)/s)
    const negated = flag?.startsWith('--no-') ?? false
    const positive = negated ? `--${flag?.slice('--no-'.length)}` : flag
    const name = known.find((one) => dashed(one) === positive)
    if (name === undefined) {
      if (OF_ALL.includes(argument) || !/^--?[a-z]/i.test(argument) || isValue(own[i - 1], known)) continue
      throw new UsageError(`there is no flag ${printable(flag ?? '')}${near(flag ?? '', [...OF_ALL, ...known.map(dashed)])}; --help lists them`)
    }
    if (!TAKES[command]?.includes(name)) {
      const hint = RULES.includes(name) ? ': rules are for the screen and for guard' : ''
      throw new UsageError(`${command === '' ? 'the screen' : command} takes no ${flag}${hint}`)
    }
    if (negated && !SWITCHES.includes(name) && name !== 'config') throw new UsageError(`${flag}: there is no such flag`)
    if (negated) continue
    const next = value ?? own[i + 1]
    if (!SWITCHES.includes(name) && (next === undefined || (value === undefined && next.startsWith('--'))))
      throw new UsageError(`${flag} wants a value behind it`)
  }
}

/** Flags that are there or not. */
const SWITCHES = ['dryRun', 'force', 'all', 'json', 'events', 'bell', 'ascii', 'screenReader', 'mouse', 'utc']
