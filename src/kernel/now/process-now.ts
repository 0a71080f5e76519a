/** One living process as /proc tells of it: where it runs, since when, and what it has open. Reads nothing that a file system could hold up. */
import { lstat, opendir, readlink, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import type { NothingNow, OpenFile, OpenFiles, ProcessNow, Target } from '../../batch/now.ts'
import { decodeBytes } from '../../text/bytes.ts'
import { COMM_BYTES, DETAILED_COMMAND_LINE_BYTES, FDINFO_BYTES, readStart, STAT_BYTES } from '../bounded-read.ts'
import { commandLine } from '../command-line.ts'
import { fdinfoIn, isBirth, type StatLine, statIn, ttyOf } from './proc-text.ts'

/** Open files that are listed. */
export const MOST_OPEN = 1000

/** Ancestors that are looked for: what changes meanwhile could lead around for ever. */
const MOST_ANCESTORS = 64

const ENDED: NothingNow = { of: 'nothing', why: 'it has ended' }

/** null: there is no such process any more. */
async function statLine(pid: number): Promise<StatLine | null> {
  try {
    return statIn((await readStart(`/proc/${pid}/stat`, STAT_BYTES)).bytes.toString('latin1'))
  } catch {
    return null
  }
}

/** null: there is no such process any more, or its number is another's. */
async function statOf(pid: number, id: string): Promise<StatLine | null> {
  const line = await statLine(pid)
  return line && isBirth(line, id) ? line : null
}

/** null: it may not be read, or leads nowhere. */
async function linkOf(path: string): Promise<string | null> {
  try {
    return decodeBytes(await readlink(path, 'buffer'))
  } catch {
    return null
  }
}

/** O_RDONLY, O_WRONLY or O_RDWR, from the permissions of the link in /proc/PID/fd; null: it is closed. */
async function accessOf(pid: number, fd: number): Promise<number | null> {
  const mode = await lstat(`/proc/${pid}/fd/${fd}`).then(
    (link) => link.mode,
    () => null,
  )
  if (mode === null) return null
  return (mode & 0o200) === 0 ? 0 : (mode & 0o400) === 0 ? 1 : 2
}

async function openFile(pid: number, fd: number): Promise<OpenFile | null> {
  const path = await linkOf(`/proc/${pid}/fd/${fd}`)
  if (path === null) return null
  // That of an epoll, inotify or io_uring descriptor lists all its targets, and the kernel makes the whole text up before it gives the first byte.
  if (path.startsWith('anon_inode:')) return { fd, path, flags: await accessOf(pid, fd), offset: null }
  const info = await readStart(`/proc/${pid}/fdinfo/${fd}`, FDINFO_BYTES).then(
    ({ bytes }) => bytes.toString('latin1'),
    () => '',
  )
  return { fd, path, ...fdinfoIn(info) }
}

async function openFiles(pid: number, list: boolean): Promise<OpenFiles | null> {
  const folder = `/proc/${pid}/fd`
  try {
    // Kernels from 6.2 on tell how many there are without naming each.
    const told = (await stat(folder)).size
    if (!list && told > 0) return { files: [], count: told, more: false }
    const numbers: number[] = []
    let more = false
    for await (const { name } of await opendir(folder)) {
      more = numbers.length >= MOST_OPEN
      if (more) break
      numbers.push(Number(name))
    }
    numbers.sort((a, b) => a - b)
    const files: OpenFile[] = []
    for (const fd of list ? numbers : []) {
      const file = await openFile(pid, fd)
      if (file) files.push(file)
    }
    return { files, count: Math.max(told, numbers.length), more: more && told === 0 }
  } catch {
    return null
  }
}

/** Those above it; one that ended meanwhile ends the row. */
async function ancestorsOf({ ppid }: StatLine): Promise<ProcessNow['ancestors']> {
  const found: ProcessNow['ancestors'] = []
  for (let pid = ppid; pid > 0 && found.length < MOST_ANCESTORS; ) {
    const line = await statLine(pid)
    if (!line) break
    found.push({ pid, comm: decodeBytes(Buffer.from(line.comm, 'latin1')) })
    pid = line.ppid
  }
  return found
}

async function commOf(pid: number): Promise<string> {
  try {
    return decodeBytes((await readStart(`/proc/${pid}/comm`, COMM_BYTES)).bytes).replace(/\n$/, '')
  } catch {
    return ''
  }
}

/** What is to be said of it now. Never rejects. */
export async function processNow({ id, open: list }: Extract<Target, { of: 'process' }>): Promise<ProcessNow | NothingNow> {
  const pid = Number.parseInt(id, 10)
  const before = await statOf(pid, id)
  if (!before) return ENDED
  const [cwd, files] = [await linkOf(`/proc/${pid}/cwd`), await openFiles(pid, list)]
  const [comm, ancestors] = [await commOf(before.session), await ancestorsOf(before)]
  const command = await commandLine(pid, DETAILED_COMMAND_LINE_BYTES)
  // Its number may have become another's meanwhile.
  const after = await statOf(pid, id)
  if (!after) return ENDED
  const seconds = Math.max(0, uptime() - after.startTicks / 100)
  const session = { id: after.session, comm, tty: ttyOf(after.tty) }
  return { of: 'process', cwd, command, threads: after.threads, session, ancestors, seconds, open: files }
}
