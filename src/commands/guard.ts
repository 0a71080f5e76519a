/** `fswatch-tui guard`: no screen; rules hold while a command runs, or until it is stopped, and each hit is a line. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { POLICY_BYTES, readNamedSync } from '../kernel/bounded-read.ts'
import { ancestorsOf } from '../kernel/guard/exempt.ts'
import type { MappedChoice } from '../kernel/guard/store-watch.ts'
import { GUARD_WAYS, type GuardWay } from '../kernel/guard/ways.ts'
import { requirePids } from '../kernel/pid-namespace.ts'
import { type ArmProgress, armProgressText, type QuotaUse, type RuleHit, type RuleState } from '../rules/control.ts'
import { parseRule } from '../rules/parse.ts'
import { parsePolicy } from '../rules/policy.ts'
import type { Protection } from '../rules/protection.ts'
import type { Rule } from '../rules/rule.ts'
import { harmless, printable } from '../text/printable.ts'
import { exactTimeOfDay, showUtc, zoneOf } from '../text/time-of-day.ts'
import { bytes, exact } from '../text/units.ts'
import { armedNotes } from './armed-notes.ts'
import type { AskOptions } from './ask-queue.ts'
import { Brake } from './brake.ts'
import { durationOf, mappedChoiceOf, onExitOf, protectOf, timeOf, UsageError } from './checks.ts'
import { reason } from './config-file.ts'
import { checkDangers } from './dangers.ts'
import { jsonOf } from './json.ts'
import { droppedSentence, LAST_LINES_MS, Output } from './output.ts'
import type { QuotaOptions } from './quota-desk.ts'
import { keptSentenceNow } from './release.ts'

/** Flags about rules, as they were typed; undefined: not given. */
export interface RuleFlags {
  rule: string[]
  policy?: string | undefined
  dryRun: boolean
  /** arms rules that can stop the machine */
  force: boolean
  protect: string[]
  enforce: string
  askTimeout: string
  askDefault: string
  quotaRecount: string
  onExit: string
  /** as --mapped has it; undefined: the command's own default */
  mapped?: string | undefined
}

/** Flags of the command guard. `for`: s until it ends. */
export interface GuardFlags extends RuleFlags {
  json: boolean
  for?: number | undefined
  utc: boolean
}

/** The ways to enforce that --enforce leaves; throws UsageError. */
export function waysOf(flags: RuleFlags): readonly GuardWay[] {
  if (flags.enforce === 'auto') return GUARD_WAYS
  const way = GUARD_WAYS.find((known) => known === flags.enforce)
  if (!way) throw new UsageError(`--enforce ${flags.enforce}: choose auto, ${GUARD_WAYS.join(', ')}`)
  return [way]
}

/** The processes that no rule may hit; throws UsageError. */
export function protectedOf({ protect }: Pick<RuleFlags, 'protect'>): Protection[] {
  return protect.map((pattern) => protectOf('--protect', pattern))
}

/** What deny and ask rules do about stores through mappings made before them; `standard`: without --mapped. Throws UsageError. */
export function mappedOf({ mapped }: Pick<RuleFlags, 'mapped'>, standard: MappedChoice): MappedChoice {
  return mapped === undefined ? standard : mappedChoiceOf('--mapped', mapped)
}

/** How quotas are kept; throws UsageError. */
export function quotaOptionsOf({ quotaRecount }: Pick<RuleFlags, 'quotaRecount'>): QuotaOptions {
  return { recountMs: timeOf('--quota-recount', quotaRecount) }
}

/** How asks are answered by themselves; throws UsageError. */
export function askOptionsOf({ askTimeout, askDefault }: Pick<RuleFlags, 'askTimeout' | 'askDefault'>): AskOptions {
  const timeoutMs = timeOf('--ask-timeout', askTimeout)
  if (askDefault !== 'deny' && askDefault !== 'allow') throw new UsageError(`--ask-default ${askDefault}: choose deny or allow`)
  return { timeoutMs, defaultAnswer: askDefault }
}

/** For how many ms rules are kept when this program dies; 0 in a dry run, whose rules stop nothing. Throws UsageError. */
export function onExitOptionsOf({ onExit, dryRun }: Pick<RuleFlags, 'onExit' | 'dryRun'>): { keepMs: number } {
  const keepMs = onExitOf('--on-exit', onExit)
  return { keepMs: dryRun ? 0 : keepMs }
}

/** Errors of a policy that are told. */
const MOST_ERRORS = 20

/** The text of a policy. Throws UsageError. */
function policyText(path: string): string {
  try {
    return readNamedSync(path, POLICY_BYTES).toString('utf8')
  } catch (error) {
    throw new UsageError(`--policy ${path}: ${reason(error)}`)
  }
}

/** All rules of the flags; throws UsageError with every error's place. */
export function rulesOf(flags: RuleFlags): Rule[] {
  const rules: Rule[] = []
  const wrong: string[] = []
  for (const line of flags.rule) {
    const parsed = parseRule(line)
    if (parsed.ok) rules.push(parsed.rule)
    else wrong.push(`--rule: ${harmless(parsed.message)}\n  ${harmless(line)}\n  ${' '.repeat(harmless(line.slice(0, parsed.column)).length)}^`)
  }
  if (flags.policy !== undefined) {
    const policy = parsePolicy(policyText(flags.policy))
    rules.push(...policy.rules.map(({ rule }) => rule))
    const place = printable(flags.policy)
    const { errors } = policy
    for (const { line, column, message } of errors.slice(0, MOST_ERRORS)) wrong.push(`${place}:${line}:${column + 1}: ${harmless(message)}`)
    if (errors.length > MOST_ERRORS) wrong.push(`${place}: ${exact(errors.length - MOST_ERRORS)} more errors`)
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n'))
  return rules
}

/** What became of it, as a word or two. */
function outcome({ rule: { rule }, refused, held, store }: RuleHit, dryRun: boolean): string {
  if (dryRun && rule.action.kind !== 'audit') return `would ${rule.action.kind}`
  if (store) return store === 'passed' ? 'store passed' : `${store} before a store`
  if (held) return 'held'
  return refused === '' ? rule.action.kind : `${rule.action.kind} (${refused})`
}

function hitLine(hit: RuleHit, dryRun: boolean): string {
  const { rule, timeMs, pid, comm, path, target, ops } = hit
  const names = target === undefined ? printable(path) : `${printable(path)} -> ${printable(target)}`
  return `${exactTimeOfDay(timeMs)} ${outcome(hit, dryRun)} ${printable(comm)} (${pid}) ${ops.join(',')} ${names} (rule ${rule.id})`
}

function printHits(hits: RuleHit[], { json, dryRun }: GuardFlags, out: Output): void {
  for (const hit of hits) out.line(json ? jsonOf({ ...hit, rule: hit.rule.id, action: hit.rule.rule.action.kind, dryRun }) : hitLine(hit, dryRun))
}

/** What of how much a quota holds. */
function usedText({ bytes: used, inodes, limitBytes, limitInodes, uncertain }: QuotaUse): string {
  const doubt = uncertain > 0 ? ` (up to ${bytes(uncertain)} may be wrong: it changed while it was counted)` : ''
  return `${bytes(used) || '0'} of ${bytes(limitBytes) || '0'} used, ${exact(inodes)}${limitInodes === null ? '' : ` of ${exact(limitInodes)}`} ${(limitInodes ?? inodes) === 1 ? 'inode' : 'inodes'}${doubt}`
}

function printRules(states: RuleState[], err: Output): void {
  for (const { id, text, hits, unsure, exempted, signalsFailed, unreported = 0, quota } of states) {
    const more = [
      unsure > 0 ? `${exact(unsure)} where it was not known whether the file is below the rule's tree` : '',
      quota ? usedText(quota) : '',
      exempted > 0 ? `${exact(exempted)} exempt` : '',
      signalsFailed > 0 ? `${exact(signalsFailed)} signals failed` : '',
      unreported > 0 ? `${exact(unreported)} too many at a time to be told one by one` : '',
    ].filter((part) => part !== '')
    err.line(`rule ${id}: ${exact(hits)} ${hits === 1 ? 'hit' : 'hits'}${more.length > 0 ? `, ${more.join(', ')}` : ''}: ${text}`)
  }
}

/**
 * Runs a command in this terminal. Returns its exit status, or 128 + n for signal n. SIGTERM and SIGHUP are passed on to it; the terminal
 * sends it SIGINT itself, and perhaps a second SIGHUP.
 */
async function runCommand([program = '', ...args]: string[], stop: Promise<NodeJS.Signals>): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' })
  void stop.then((signal) => signal !== 'SIGINT' && child.kill(signal))
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + (signal ? constants.signals[signal] : 0)
  } catch (error) {
    throw new Error(
      `${program} could not be started: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such program' : (error as Error).message}`,
    )
  }
}

/** The processes above this one, nearest first: rules leave them alone, so that a wrong one cannot lock its user out. */
function whoStartedThis(): string {
  return ancestorsOf(process.pid)
    .map(({ tgid, comm }) => `${printable(comm)} (${tgid})`)
    .join(', ')
}

/** ms between two lines that say how far arming is. */
const PROGRESS_MS = 2000

/** Says now and then how far arming is. */
function progressPrinter(err: Output): (progress: ArmProgress) => void {
  let saidMs = performance.now()
  return (progress) => {
    if (performance.now() - saidMs < PROGRESS_MS) return
    saidMs = performance.now()
    err.line(`fswatch-tui: arming: ${armProgressText(progress)}; Ctrl-C cancels`)
  }
}

/** Is the error a fault of this program, not a condition that it reports? Then rules are kept as after a crash (--on-exit keep). */
export function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
}

/** What to print of --on-exit, a sentence; null: nothing, since rules end with the program. Throws UsageError. */
export function keepSentence(flags: Pick<RuleFlags, 'onExit' | 'dryRun'>): string | null {
  const { keepMs } = onExitOptionsOf(flags)
  if (keepMs > 0)
    return `if this program is killed or crashes, its rules that deny, kill and audit hold for ${keepMs / 1000} s more; fswatch-tui release ends that`
  return flags.onExit === 'release' ? null : `a dry run keeps no rules: --on-exit ${flags.onExit} does nothing`
}

/** Returns the exit status: the command's own, else 0. Throws UsageError or a sentence. */
export async function guard(flags: GuardFlags, command: string[]): Promise<number> {
  const rules = rulesOf(flags)
  if (rules.length === 0) throw new UsageError("guard wants a rule: --rule 'deny write /etc/hosts', or --policy FILE")
  if (flags.for !== undefined) durationOf('--for', flags.for)
  showUtc(flags.utc)
  const forced = checkDangers(rules, flags)
  const [out, err] = [new Output(1), new Output(2)]
  if (process.getuid?.() !== 0) throw new Error('rules are for root: run it as root, or with sudo')
  requirePids()
  const options = {
    dryRun: flags.dryRun,
    protect: protectedOf(flags),
    ways: waysOf(flags),
    mapped: mappedOf(flags, 'report'),
    ...askOptionsOf(flags),
    ...quotaOptionsOf(flags),
    ...onExitOptionsOf(flags),
  }
  for (const line of forced) err.line(`fswatch-tui: --force arms ${harmless(line)}`)
  const kept = await keptSentenceNow()
  if (kept !== null) err.line(`fswatch-tui: ${kept}`)
  err.line('fswatch-tui: arming; the kernel checks the programs first, which can take seconds')
  const brake = new Brake(options)
  // While the kernel checks the programs, no signal would be handled: it ends the process, and with it all that is loaded.
  brake.load(rules)
  // SIGHUP is handled more than once: the kernel sends it when the terminal goes, and then the shell sends it to its jobs.
  const stop = new Promise<NodeJS.Signals>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve).on('SIGHUP', resolve))
  const cancelled = new AbortController()
  let signal: NodeJS.Signals | null = null
  void stop.then((got) => {
    signal = got
    brake.keep(false)
    cancelled.abort(new Error(`arming was cancelled by ${got}: no rule is armed`))
  })
  let isCrash = false
  // Signals are handled from here on: what ends this process now is SIGKILL or a fault of its own.
  brake.keep(true)
  try {
    const armed = await brake.armAll(rules, { signal: cancelled.signal, onProgress: progressPrinter(err) }).catch((error: Error) => {
      if (error !== cancelled.signal.reason) throw error
      err.line(`fswatch-tui: ${error.message}`)
      return null
    })
    if (armed === null) return 128 + constants.signals[signal ?? 'SIGINT']
    for (const note of armedNotes(armed)) err.line(`fswatch-tui: ${harmless(note)}`)
    const { way, why } = brake.enforcement
    err.line(
      `fswatch-tui: ${rules.length} ${rules.length === 1 ? 'rule is' : 'rules are'} armed by ${way}${flags.dryRun ? ', as a dry run: nothing is stopped' : ''}`,
    )
    err.line(`  never hit, whatever the rules say: ${whoStartedThis()}, which this was started by; pid 1; kernel threads`)
    if (!flags.dryRun && rules.some(({ action }) => action.kind === 'ask'))
      err.line(`  no request can be answered here: what is held gets the default answer (${flags.askDefault}) after ${flags.askTimeout}; the screen asks you`)
    for (const sentence of why) err.line(`  ${sentence}`)
    err.line(
      flags.json ? '  times are milliseconds since 1970 (timeMs)' : `  times are ${zoneOf(Date.now()) === 'UTC' ? 'UTC' : `local (${zoneOf(Date.now())})`}`,
    )
    const onExit = keepSentence(flags)
    if (onExit !== null) err.line(`  ${onExit}`)
    let over = false
    let status = 0
    const ended =
      command.length > 0
        ? runCommand(command, stop).then((code) => {
            status = code
          })
        : flags.for === undefined
          ? stop
          : Promise.race([stop, new Promise((resolve) => setTimeout(resolve, (flags.for as number) * 1000))])
    const whenOver = ended.finally(() => {
      over = true
    })
    while (!over) {
      await Promise.race([whenOver, new Promise((resolve) => setTimeout(resolve, 200))])
      printHits(await brake.tick(), flags, out)
      for (const sentence of brake.news()) err.line(`fswatch-tui: ${sentence}`)
    }
    await whenOver
    printHits(await brake.tick(true), flags, out)
    const { skipped } = brake.enforcement
    if (skipped > 0) err.line(`fswatch-tui: ${exact(skipped)} touches were not judged: the kernel skipped the guard's program`)
    printRules(brake.states(), err)
    return status
  } catch (error) {
    isCrash = isFault(error)
    throw error
  } finally {
    brake.keep(isCrash)
    // Rules first: nothing is to be in force because a reader is slow.
    await brake.close()
    const trouble = droppedSentence(await out.end(LAST_LINES_MS))
    if (trouble !== null) err.line(`fswatch-tui: ${trouble}`)
    await err.end(LAST_LINES_MS)
  }
}
