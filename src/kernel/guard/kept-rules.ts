/**
 * Rules that outlive the program that armed them (--on-exit keep): where their watchdog processes (native/keeper.c) are found, and what
 * they are asked. Each listens at a socket in a folder that only root can enter, so that no other user can ask or answer.
 */
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

const FOLDER = '/run/fswatch-tui'
const SUFFIX = '.socket'

/** Suffix of a watchdog process's socket until it listens there (native/keeper.c). */
const NEW = '.new'

/** ms that a watchdog process may take to answer, on an overloaded machine too. */
const ANSWER_MS = 10_000

/** ms between two attempts while a watchdog process starts. */
const AGAIN_MS = 20

/** Rules whose program died. */
export interface KeptRules {
  socket: string
  /** the program's process number */
  pid: number
  /** ms until they end by themselves; null: their watchdog process does not answer */
  leftMs: number | null
}

/** Throws the reason where other users could enter the folder or replace it. */
function refuseShared(folder: string): void {
  const stats = lstatSync(folder)
  if (!stats.isDirectory()) throw new Error(`${folder} is no directory: remove it`)
  if (stats.uid !== process.getuid?.() || stats.mode & 0o077) throw new Error(`${folder} is not root's alone: remove it, or set root:root and mode 0700`)
}

/** A path for the socket of a new watchdog process. Makes the folder. Throws a sentence where it cannot be used. */
export function newSocketPath(folder = FOLDER): string {
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true })
    refuseShared(folder)
  } catch (error) {
    throw new Error(`--on-exit keep needs a place for its watchdog process: ${(error as Error).message}`)
  }
  return join(folder, `${process.pid}-${randomBytes(6).toString('hex')}${SUFFIX}`)
}

/** Sends a request of one letter; the words of the answer. Rejects with what connect(2) says, or ETIMEDOUT. */
function request(socket: string, letter: 's' | 'r', limitMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let said = ''
    const client = connect(socket, () => client.write(letter))
    client.setEncoding('latin1')
    const timer = setTimeout(() => client.destroy(Object.assign(new Error('the watchdog process does not answer'), { code: 'ETIMEDOUT' })), limitMs)
    client.on('data', (text: string) => {
      said += text
    })
    client.on('error', reject)
    client.on('close', () => {
      clearTimeout(timer)
      // After an error this does nothing.
      resolve(said.trim().split(' '))
    })
  })
}

const isGone = (error: unknown) => ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')

/** The watchdog process ended before it answered. */
const isEnding = (error: unknown) => ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Resolves when a watchdog process that was just started answers at its socket. `hasEnded`: has it? Rejects with a sentence. */
export async function untilListening(socket: string, hasEnded: () => boolean, limitMs = ANSWER_MS): Promise<void> {
  for (const end = performance.now() + limitMs; ; await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))) {
    try {
      await request(socket, 's', limitMs)
      return
    } catch (error) {
      if (!(isGone(error) || isEnding(error)) || hasEnded() || performance.now() > end)
        throw new Error(
          `--on-exit keep: the watchdog process does not listen at ${socket} (${(error as NodeJS.ErrnoException).code}); try again, or without --on-exit`,
        )
    }
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Another start has removed it.
  }
}

/** Removes the socket that a killed watchdog process left, under either name. */
export function removeSocket(socket: string): void {
  remove(socket)
  remove(`${socket}${NEW}`)
}

/** Removes a socket whose watchdog process ended before it listened there. A start is given up after ANSWER_MS: an older socket belongs to none. */
function removeUnfinished(path: string): void {
  const madeMs = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (madeMs !== undefined && Math.abs(Date.now() - madeMs) > ANSWER_MS) remove(path)
}

/** Rules at one socket whose program died; null: there are none, or none any more. A socket that nothing listens at is removed. */
async function keptAt(socket: string, limitMs: number): Promise<KeptRules | null> {
  const pid = Number.parseInt(socket.slice(socket.lastIndexOf('/') + 1), 10)
  try {
    const [state, , leftMs] = await request(socket, 's', limitMs)
    return state === 'kept' ? { socket, pid, leftMs: Number(leftMs) } : null
  } catch (error) {
    if (isEnding(error)) return null
    if (!isGone(error)) return { socket, pid, leftMs: null }
    remove(socket)
    return null
  }
}

/**
 * All rules on this machine whose program died. `limitMs`: for each answer. Empty for users other than root, who cannot read the folder. Rejects with a
 * sentence where the folder is not root's alone.
 */
export async function keptRules(folder = FOLDER, limitMs = ANSWER_MS): Promise<KeptRules[]> {
  let names: string[]
  try {
    refuseShared(folder)
    names = readdirSync(folder)
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
  for (const name of names) if (name.endsWith(`${SUFFIX}${NEW}`)) removeUnfinished(join(folder, name))
  const found = await Promise.all(names.filter((name) => name.endsWith(SUFFIX)).map((name) => keptAt(join(folder, name), limitMs)))
  return found.filter((one) => one !== null)
}

/** Ends rules that are kept; resolves when none of them holds. Rejects with a sentence. */
export async function releaseKept({ socket, pid }: KeptRules, limitMs = ANSWER_MS): Promise<void> {
  try {
    const [state] = await request(socket, 'r', limitMs)
    if (state !== 'released') throw new Error(`its watchdog process answered ${state || 'nothing'}`)
  } catch (error) {
    // Their time was over meanwhile.
    if (isGone(error) || isEnding(error)) return
    throw new Error(`the rules that process ${pid} left were not released: ${(error as Error).message}; kill -9 its fswatch-keeper ends them too`)
  }
}
