/** `fswatch-tui batch`: no screen; counts while a command runs, or for some seconds, and prints what was seen. */
import type { EventFact, SourceInfo } from '../batch/batch.ts'
import { type LiveOptions, LiveSource } from '../kernel/live.ts'
import { requirePids } from '../kernel/pid-namespace.ts'
import { printable } from '../text/printable.ts'
import { bytes, count, exact } from '../text/units.ts'
import { BatchTally } from './batch-tally.ts'
import { durationOf } from './checks.ts'
import { type HeldChild, holdChild } from './child.ts'
import { jsonOf } from './json.ts'
import { type Flags, liveOptions, UsageError } from './options.ts'
import { droppedSentence, LAST_LINES_MS, Output } from './output.ts'
import { namedTotals, type ProcessReport, type Report, wallTimeOf } from './report.ts'
import { throwUnlessReaderGone } from './standard-output.ts'

/** A report whose processes come one by one. */
type ReportHead = Omit<Report, 'processes'>

export interface BatchFlags extends Flags {
  json: boolean
  events: boolean
  for?: number | undefined
}

function printTable(report: ReportHead, processes: Iterable<ProcessReport>, out: Output): void {
  const rows = [...processes].flatMap((process) => process.files.map((file) => ({ process, file })))
  rows.sort((a, b) => b.file.writeBytes - a.file.writeBytes || b.file.readBytes - a.file.readBytes || b.file.opens - a.file.opens)
  const cell = (text: string, cells: number) => text.padStart(cells)
  out.line(`${cell('PID', 7)} ${'COMM'.padEnd(15)} ${['OPENS', 'READS', 'BYTES', 'WRITES', 'BYTES', 'ERR'].map((title) => cell(title, 6)).join(' ')} FILE`)
  for (const { process, file } of rows) {
    const numbers = [count(file.opens), count(file.reads), bytes(file.readBytes), count(file.writes), bytes(file.writeBytes), count(file.errors)]
    const name = file.path === '' ? '(no file: failed or by name only)' : printable(file.path)
    out.line(`${cell(String(process.pid), 7)} ${printable(process.comm).padEnd(15)} ${numbers.map((n) => cell(n, 6)).join(' ')} ${name}`)
  }
  const { forgotten } = report
  if (forgotten.processes > 0)
    out.line(
      `not listed: ${exact(forgotten.processes)} processes that ended first, with ${exact(forgotten.files)} files: ${exact(forgotten.opens)} opens, ${exact(forgotten.reads)} reads of ${forgotten.readBytes} bytes, ${exact(forgotten.writes)} writes of ${forgotten.writeBytes} bytes`,
    )
  const { calls, mmapPages, readBytes, writeBytes } = report.totals
  out.line(
    `total: ${calls.open} opens, ${calls.read} reads of ${readBytes} bytes, ${calls.write} writes of ${writeBytes} bytes, ${mmapPages} pages dirtied (by ${report.info.attach})`,
  )
  const lost = Object.entries(report.losses).filter(([, n]) => n > 0)
  if (lost.length > 0) out.line(`lost: ${lost.map(([what, n]) => `${what} ${n}`).join(', ')}`)
}

/** Writes a text; resolves when the reader took it, or is waited for no longer. */
type Write = (text: string) => Promise<void>

/** Characters that are written at a time. */
const CHUNK_CHARS = 256 * 1024

/** A Report, in pieces: the whole text may be as large as all else that is in memory. */
async function writeReport(head: ReportHead, processes: Iterable<ProcessReport>, write: Write): Promise<void> {
  let text = `${JSON.stringify(head).slice(0, -1)},"processes":[`
  let separator = ''
  for (const process of processes) {
    text += separator + jsonOf(process)
    separator = ','
    if (text.length < CHUNK_CHARS) continue
    await write(text)
    text = ''
  }
  await write(`${text}]}\n`)
}

/** How many it wrote. */
async function printEvents(events: EventFact[], tally: BatchTally, info: SourceInfo, write: Write): Promise<number> {
  if (events.length === 0) return 0
  const lines = events.map((event) => jsonOf({ time: wallTimeOf(event, info), ...event, path: event.path || tally.path(event.file) }))
  await write(`${lines.join('\n')}\n`)
  return events.length
}

function openFor(child: HeldChild | null, options: LiveOptions): LiveSource {
  try {
    return LiveSource.open(options)
  } catch (error) {
    child?.abandon()
    throw error
  }
}

/** Returns the exit status: the command's own, else 0. Throws UsageError or a sentence. */
export async function batch(flags: BatchFlags, command: string[]): Promise<number> {
  const options = liveOptions(flags, flags.events)
  if (command.length === 0 && flags.for === undefined) throw new UsageError('batch wants --for SECONDS, or a command after --')
  if (flags.for !== undefined) durationOf('--for', flags.for)
  if (flags.events && !flags.json) throw new UsageError('--events prints JSON lines only: add --json')
  requirePids()
  let child: HeldChild | null = null
  if (command.length > 0) {
    // With --json our own output must stay parseable, so the command's goes to stderr.
    child = await holdChild(command, flags.json ? 'stderr' : 'inherit')
    options.filter.pids = [...(options.filter.pids ?? []), child.pid]
    options.filter.descendants = true
  }
  const source = openFor(child, options)
  const tally = new BatchTally()
  let over = false
  let events = 0
  let stoppedMs = Number.POSITIVE_INFINITY
  const stop = () => {
    over = true
    stoppedMs = performance.now()
  }
  // The whole report: its reader is waited for, but after a signal no longer than a second.
  const out = new Output(1, Number.POSITIVE_INFINITY)
  const isOver = () => performance.now() - stoppedMs > LAST_LINES_MS
  let failure: Error | null = null
  const write: Write = async (text) => {
    if (failure || (isOver() && out.isBehind)) return
    try {
      out.write(text)
      await out.flush(isOver)
    } catch (error) {
      failure = error as Error
      over = true
    }
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let status: number | null = null
  const ended = child
    ? child.run().then((code) => {
        status = code
        over = true
      })
    : null
  const deadline = flags.for === undefined ? Number.POSITIVE_INFINITY : performance.now() + flags.for * 1000
  const wakeMs = Math.min(options.intervalMs, 200)
  while (!over && performance.now() < deadline) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.min(wakeMs, deadline - performance.now()))))])
    const taken = await source.collect()
    tally.take(taken)
    if (flags.events) events += await printEvents(taken.events, tally, source.info, write)
  }
  const last = await source.collect()
  tally.take(last)
  if (flags.events) events += await printEvents(last.events, tally, source.info, write)
  await source.close()
  if (flags.events) {
    // Last, so that a reader knows the list is whole, and what is missing from it.
    await write(`${JSON.stringify({ summary: { info: source.info, events, totals: namedTotals(last.totals), losses: last.losses, status } })}\n`)
    if (last.losses.eventsFull > 0) console.error(`fswatch-tui: ${last.losses.eventsFull} events are missing: they came faster than they could be written`)
  } else {
    const head: ReportHead = { info: source.info, totals: namedTotals(last.totals), losses: last.losses, status, forgotten: tally.forgotten }
    if (flags.json) await writeReport(head, tally.report(), write)
    else {
      try {
        printTable(head, tally.report(), out)
        await out.flush(isOver)
      } catch (error) {
        failure = error as Error
      }
    }
  }
  if (failure) throwUnlessReaderGone(failure)
  const trouble = failure ? null : droppedSentence(await out.end(0))
  if (trouble !== null) throw new Error(trouble)
  return status ?? 0
}
