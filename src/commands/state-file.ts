/**
 * The file that remembers columns, histories and saved filters from run to run. Under sudo it is the invoking user's, in directories
 * that he may put links into while this runs as root: so helpers that run as he does write it, and reach what he could reach himself.
 */
import { spawn } from 'node:child_process'
import { lstatSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { printable } from '../text/printable.ts'
import { type Change, type Kept, NOTHING_KEPT, remembering } from '../ui/memory.ts'
import { type Loaded, type Runner, readOwned, reason, sudoer } from './config-file.ts'
import { NewerState, parseState, printState } from './state.ts'

/** More than two full histories and a hundred saved filters take. Bytes. */
const LARGEST = 2 ** 20

/** Where the file is, and whose. `as`: who the helpers are to be; null: who this process is. */
export interface StatePlace {
  path: string
  owner: number
  as: { uid: number; gid: number } | null
}

/** Null: nowhere, and nothing is remembered. */
export function placeOfState(runner: Runner): StatePlace | null {
  const by = sudoer(runner)
  const { XDG_STATE_HOME: xdg = '', HOME: home = '' } = runner.env
  const base = isAbsolute(xdg) ? xdg : join((by ? by.home : home) ?? '', '.local/state')
  if (!isAbsolute(base) || (by && by.gid === null)) return null
  const as = by && by.uid !== 0 && by.gid !== null ? { uid: by.uid, gid: by.gid } : null
  return { path: join(base, 'fswatch-tui/state.json'), owner: by?.uid ?? runner.uid, as }
}

/** Why root itself must not write there, or null: in a directory of somebody else its helpers could be led astray. */
function strangerAbove({ path, owner, as }: StatePlace): string | null {
  if (owner !== 0 || as) return null
  for (let at = dirname(path); ; at = dirname(at)) {
    const stats = statsOf(at)
    const others = stats && (stats.mode & 0o022) !== 0 && !stats.isSymbolicLink() && (stats.mode & 0o1000) === 0
    if (stats && (stats.uid !== 0 || others)) return `${printable(at)} is not root's alone`
    if (at === '/') return null
  }
}

/** Null: there is nothing, or a file where a directory should be; whoever writes is told so. */
function statsOf(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** What is remembered, and what is to be said of the file. `place`: null with --no-config. */
export function loadState(place: StatePlace | null): { kept: Kept; news: Loaded['news'] } {
  if (!place) return { kept: NOTHING_KEPT, news: null }
  try {
    return { kept: parseState(readOwned(place.path, place.owner, LARGEST)), news: null }
  } catch (error) {
    if (isMissing(error)) return { kept: NOTHING_KEPT, news: null }
    const sentence = `${printable(place.path)} is not taken: ${reason(error)}: columns, histories and saved filters begin anew`
    return { kept: NOTHING_KEPT, news: { sentence, short: 'state not taken' } }
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** A helper takes so long only where a disk or a rule holds it. ms */
const PATIENCE_MS = 5000

/** Runs a program to its end. Throws what it said last. */
function run(command: readonly [string, ...string[]], input: string, as: StatePlace['as']): Promise<void> {
  const [program, ...args] = command
  return new Promise((resolve, reject) => {
    // A child of this process and no grandchild: the screen leaves those out.
    const child = spawn(program, args, {
      ...(as ?? {}),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    // It may end before it has read anything; its status says why.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', (status, signal) => {
      if (status === 0) resolve()
      else reject(new Error(said.trim().split('\n').at(-1) || (signal ? `${program} took too long` : `${program} failed`)))
    })
  })
}

async function write({ path, as }: StatePlace, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}.new`
  await run(['mkdir', '-p', '-m', '700', dirname(path)], '', as)
  try {
    // What was typed is nobody else's business.
    await run(['sh', '-c', 'umask 077; exec cat >"$1"', 'sh', fresh], text, as)
    await run(['mv', '-f', fresh, path], '', as)
  } catch (error) {
    await run(['rm', '-f', fresh], '', as).catch(() => {})
    throw error
  }
}

/** Keeps the file up to date. */
export class StateFile {
  readonly #place: StatePlace | null
  /** views whose columns the settings decide at the next start */
  readonly #settled: readonly string[]
  #kept: Kept
  #last: Promise<unknown> = Promise.resolve()
  #complained = false

  /** `kept`: what was read at the start, for when the file cannot be read later. `place`: null: nothing outlives this run. */
  constructor(place: StatePlace | null, kept: Kept, settled: readonly string[] = []) {
    this.#place = place
    this.#kept = kept
    this.#settled = settled
  }

  /** One change after the other; resolves to what is to be said of it, or null. Never rejects. */
  keep(change: Change): Promise<string | null> {
    const kept = this.#last.then(() => this.#keep(change))
    this.#last = kept
    return kept
  }

  async #keep(change: Change): Promise<string | null> {
    const said = change.do === 'save' ? `saved as ${printable(change.name)}: F in a table lists the saved filters` : null
    try {
      if (!this.#place) return said === null ? null : `${said}, until this program ends`
      const stranger = strangerAbove(this.#place)
      if (stranger !== null) throw new Error(stranger)
      // Another fswatch-tui may have remembered something meanwhile.
      this.#kept = remembering(this.#newest(this.#place), change)
      await write(this.#place, printState(this.#kept))
    } catch (error) {
      // A history that is not kept is no reason to complain at every line.
      const quiet = this.#complained && (change.do === 'filter' || change.do === 'rule')
      this.#complained = true
      return quiet ? null : `not remembered beyond this run: ${printable((error as Error).message)}`
    }
    if (change.do === 'columns' && change.ids !== null && this.#settled.includes(change.view))
      return 'the next start has the columns of --columns or the config file again: they are stronger'
    return said
  }

  #newest({ path, owner }: StatePlace): Kept {
    try {
      return parseState(readOwned(path, owner, LARGEST))
    } catch (error) {
      if (error instanceof NewerState) throw new Error(`${path}: ${error.message}`)
      return this.#kept
    }
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#last
  }
}
