/** `fswatch-tui`: the screen, over the live kernel or a recording. */

import { uptime } from 'node:os'
import type { Source } from '../batch/batch.ts'
import type { Target } from '../batch/now.ts'
import { LiveSource } from '../kernel/live.ts'
import { Recorder } from '../recording/record.ts'
import { Recording } from '../recording/replay.ts'
import { isUtf8Locale, showOnlyAscii } from '../text/ascii.ts'
import { printable } from '../text/printable.ts'
import { showUtc } from '../text/time-of-day.ts'
import { KEYS, type KeyRow } from '../ui/keys.ts'
import type { ScreenLook } from '../ui/look.ts'
import { remembering, type Saved } from '../ui/memory.ts'
import { runScreen } from '../ui/run.tsx'
import { TerminalInput } from '../ui/terminal-input.ts'
import { themeFor } from '../ui/theme.ts'
import { firstNotes } from './armed-notes.ts'
import { Brake } from './brake.ts'
import { columnsOf, filterOf, sortOf, themeOf } from './checks.ts'
import { type Loaded, refuseToArm, thisRunner } from './config-file.ts'
import { checkDangers } from './dangers.ts'
import { askOptionsOf, isFault, mappedOf, onExitOptionsOf, protectedOf, quotaOptionsOf, type RuleFlags, rulesOf, waysOf } from './guard.ts'
import type { Watching } from './inability.ts'
import { endInBackground, foreground, stop, trouble } from './job.ts'
import { NowDesk } from './now-desk.ts'
import { type Flags, kernelNote, liveOptions, UsageError } from './options.ts'
import { WithoutOwn } from './own.ts'
import { keptSentenceNow } from './release.ts'
import { loadState, placeOfState, StateFile } from './state-file.ts'

/** Flags of the screen. */
export interface TopFlags extends Flags, RuleFlags {
  filter: string
  sort: string
  all: boolean
  record?: string | undefined
  events: boolean
  replay?: string | undefined
  speed: number
  bell: boolean
  utc: boolean
  /** as --columns has them, or a list from the config file */
  columns?: string | string[] | undefined
  viewColumns?: Record<string, string[]> | undefined
  theme: string
  ascii?: boolean | undefined
  screenReader?: boolean | undefined
  mouse?: boolean | undefined
  keys?: KeyRow[] | undefined
  filters?: Saved[] | undefined
  /** a path; false: --no-config */
  config?: string | false | undefined
}

/** How the screen is to look; throws UsageError. */
function lookOf({ columns, viewColumns = {}, theme, screenReader, keys }: TopFlags): ScreenLook {
  const ids = typeof columns === 'string' ? columns.split(',') : columns
  return {
    theme: themeFor(themeOf('--theme', theme), process.env),
    columns: ids === undefined ? null : columnsOf('--columns', ids),
    viewColumns,
    keys: keys ?? KEYS,
    // Ink's own switch is heeded too, since other programs made with it are.
    screenReader: screenReader ?? process.env.INK_SCREEN_READER === 'true',
  }
}

async function open(
  flags: TopFlags,
): Promise<{ source: Source; watching: Watching | null; notes: string[]; ending: () => string | null; kernel: LiveSource | null }> {
  if (flags.replay !== undefined) {
    if (flags.record !== undefined) throw new UsageError('--record and --replay do not go together: the file is a recording already')
    if (flags.events) throw new UsageError('--events and --replay do not go together: a recording has the events it was made with')
    if (!(flags.speed >= 0)) throw new UsageError(`--speed ${flags.speed}: a number from 0 on`)
    const recording = await Recording.open(flags.replay, flags.speed)
    return { source: recording, watching: null, notes: [], ending: () => recording.warning, kernel: null }
  }
  const kernel = LiveSource.open(liveOptions(flags, flags.events))
  const watching = { way: kernel.plan.way, refusals: kernel.refusals }
  const live = new WithoutOwn(kernel, process.pid, uptime() * 1e9)
  if (flags.record === undefined) return { source: live, watching, notes: [], ending: () => null, kernel }
  try {
    return { source: await Recorder.create(live, flags.record), watching, notes: [`recording to ${printable(flags.record)}`], ending: () => null, kernel }
  } catch (error) {
    await live.close()
    throw error
  }
}

/** Runs until the user quits. `news`: what is to be said of the config file. Throws UsageError or a sentence. */
export async function top(flags: TopFlags, news: Loaded['news']): Promise<number> {
  const sort = sortOf('--sort', flags.sort)
  filterOf('--filter', flags.filter)
  const look = lookOf(flags)
  showUtc(flags.utc)
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('the screen needs a terminal on its input and output; without one, use: fswatch-tui batch --for 10')
  }
  const rules = rulesOf(flags)
  if (flags.replay !== undefined && rules.length > 0) throw new UsageError('--rule and --replay do not go together: a recording cannot be stopped')
  if (rules.length > 0) refuseToArm(news)
  checkDangers(rules, flags)
  const ways = waysOf(flags)
  const protect = protectedOf(flags)
  const asking = { mapped: mappedOf(flags, 'freeze'), ...askOptionsOf(flags), ...quotaOptionsOf(flags), ...onExitOptionsOf(flags) }
  const { source, watching, notes, ending, kernel } = await open(flags)
  const place = flags.config === false ? null : placeOfState(thisRunner())
  const state = loadState(place)
  // Columns of the settings are stronger, until others are chosen.
  const settled = [...(look.columns === null ? [] : ['processes']), ...Object.keys(look.viewColumns ?? {})]
  const kept = settled.reduce((less, view) => remembering(less, { do: 'columns', view, ids: null }), state.kept)
  const memory = new StateFile(place, state.kept, settled)
  const control =
    flags.replay === undefined
      ? new Brake({ dryRun: flags.dryRun, protect, ways, watching, onAnchors: (files, trees) => kernel?.keepRoom(files, trees), ...asking })
      : null
  const desk = flags.replay === undefined ? new NowDesk() : null
  const keptRules = flags.replay === undefined ? await keptSentenceNow() : null
  try {
    const noted = firstNotes((await control?.armAll(rules)) ?? [])
    if (control && asking.keepMs > 0) notes.push(`on exit ${flags.onExit}`)
    if (flags.dryRun) notes.push('dry run: rules only tell')
    if (news) notes.push(news.short)
    const inKernel = flags.replay === undefined ? kernelNote(flags) : null
    if (inKernel !== null) notes.unshift(inKernel)
    showOnlyAscii(flags.ascii ?? !isUtf8Locale(process.env))
    const askNow = desk && ((target: Target) => desk.ask(target))
    await runScreen({
      source,
      notes,
      trouble: () => (source instanceof Recorder ? source.failure : null),
      ending,
      control,
      askNow,
      bell: flags.bell,
      // Text that is read aloud does not lie where it is drawn: a mouse cannot point at it.
      input: new TerminalInput(process.stdin, (flags.mouse ?? true) && !look.screenReader),
      job: { trouble, stop, foreground, endInBackground },
      look,
      remember: (change) => memory.keep(change),
      handlesSignals: (does) => control?.keep(does),
      news: [keptRules ?? [], [news, state.news].flatMap((one) => one?.sentence ?? []), noted, control?.news() ?? []].flat().join('; ') || null,
      start: { sort, filterText: flags.filter, kinds: flags.all ? 'all' : 'files', kept, given: flags.filters ?? [] },
    })
  } catch (error) {
    if (!isFault(error)) control?.keep(false)
    throw error
  } finally {
    await control?.close()
    await desk?.close()
    await source.close()
    await memory.close()
  }
  if (source instanceof Recorder && source.failure) throw new Error(source.failure)
  return Number(process.exitCode ?? 0)
}
