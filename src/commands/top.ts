/** `fswatch-tui`: the screen, over the live kernel or a recording. */
import { uptime } from 'node:os'
import type { Source } from '../batch/batch.ts'
import { LiveSource } from '../kernel/live.ts'
import { parseFilter } from '../model/filter.ts'
import { PROCESS_COLUMNS, type ProcessColumn } from '../model/sort.ts'
import { Recorder } from '../recording/record.ts'
import { Recording } from '../recording/replay.ts'
import { printable } from '../text/printable.ts'
import { runScreen } from '../ui/run.tsx'
import { Brake } from './brake.ts'
import { commandLine } from './command-line.ts'
import { askOptionsOf, quotaOptionsOf, type RuleFlags, rulesOf, waysOf } from './guard.ts'
import { type Flags, liveOptions, UsageError } from './options.ts'
import { WithoutOwn } from './own.ts'

export interface TopFlags extends Flags, RuleFlags {
  filter: string
  sort: string
  all: boolean
  record?: string | undefined
  replay?: string | undefined
  speed: number
  bell: boolean
}

function sortColumn(text: string): ProcessColumn {
  if ((PROCESS_COLUMNS as readonly string[]).includes(text)) return text as ProcessColumn
  throw new UsageError(`--sort ${text}: choose ${PROCESS_COLUMNS.join(', ')}`)
}

async function open(flags: TopFlags): Promise<{ source: Source; notes: string[]; ending: () => string | null }> {
  if (flags.replay !== undefined) {
    if (flags.record !== undefined) throw new UsageError('--record and --replay do not go together: the file is a recording already')
    if (!(flags.speed >= 0)) throw new UsageError(`--speed ${flags.speed}: a number from 0 on`)
    const recording = await Recording.open(flags.replay, flags.speed)
    return { source: recording, notes: [], ending: () => recording.warning }
  }
  const live = new WithoutOwn(LiveSource.open(liveOptions(flags, false)), process.pid, uptime() * 1e9)
  if (flags.record === undefined) return { source: live, notes: [], ending: () => null }
  try {
    return { source: await Recorder.create(live, flags.record), notes: [`recording to ${printable(flags.record)}`], ending: () => null }
  } catch (error) {
    await live.close()
    throw error
  }
}

/** Runs until the user quits. Throws UsageError or a sentence. */
export async function top(flags: TopFlags): Promise<number> {
  const sort = sortColumn(flags.sort)
  const parsed = parseFilter(flags.filter)
  if (!parsed.ok) throw new UsageError(`--filter ${flags.filter}: at character ${parsed.column + 1}: ${parsed.message}`)
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('the screen needs a terminal on its input and output; without one, use: fswatch-tui batch --for 10')
  }
  const rules = rulesOf(flags)
  if (flags.replay !== undefined && rules.length > 0) throw new UsageError('--rule and --replay do not go together: a recording cannot be stopped')
  const ways = waysOf(flags)
  const asking = { ...askOptionsOf(flags), ...quotaOptionsOf(flags) }
  const { source, notes, ending } = await open(flags)
  const control = flags.replay === undefined ? new Brake({ dryRun: flags.dryRun, protect: flags.protect, ways, ...asking }) : null
  try {
    await control?.armAll(rules)
    if (flags.dryRun) notes.push('dry run: rules only tell')
    const commandOf = flags.replay === undefined ? commandLine : () => null
    await runScreen({
      source,
      notes,
      ending,
      control,
      commandOf,
      bell: flags.bell,
      start: { sort, filterText: flags.filter, kinds: flags.all ? 'all' : 'files' },
    })
  } finally {
    await control?.close()
    await source.close()
  }
  if (source instanceof Recorder && source.failure) throw new Error(source.failure)
  return Number(process.exitCode ?? 0)
}
