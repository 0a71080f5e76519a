/** Finds and reads the config file: of the user who runs the program, also where that is by sudo, and only one that nobody else could have written. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { PASSWD_BYTES, readStartSync } from '../kernel/bounded-read.ts'
import { printable } from '../text/printable.ts'
import { UsageError } from './checks.ts'
import { parseConfig, type Settings } from './config.ts'

/** Nobody writes so much by hand. Bytes. */
export const LARGEST = 65_536

/** Who runs the program. */
export interface Runner {
  env: Readonly<Record<string, string | undefined>>
  uid: number
  /** the text of /etc/passwd */
  passwd: string
}

/** The settings, and what is to be said of their file: a sentence, and in few words; null: nothing. */
export interface Loaded {
  settings: Settings
  news: { sentence: string; short: string } | null
}

const NOTHING: Loaded = { settings: {}, news: null }

/** Who called sudo, from what it leaves in the environment; only root's environment is believed. Null: nobody did. */
export function sudoer({ env, uid, passwd }: Runner): { uid: number; gid: number | null; home: string | null } | null {
  if (uid !== 0 || !/^\d+$/.test(env.SUDO_UID ?? '')) return null
  const own = Number(env.SUDO_UID)
  const users = passwd.split('\n').map((line) => line.split(':'))
  const same = users.filter(([, , id]) => id === String(own))
  // One number may have several names.
  const [, , , gid, , home] = same.find(([name]) => name === env.SUDO_USER) ?? same[0] ?? []
  return { uid: own, gid: gid === undefined ? null : Number(gid), home: home ?? null }
}

/** Where the file would be, and whose it may be besides root's; null: nowhere. */
export function placeOfConfig(runner: Runner): { path: string; owner: number } | null {
  const by = sudoer(runner)
  const { XDG_CONFIG_HOME: xdg = '', HOME: home = '' } = runner.env
  const base = isAbsolute(xdg) ? xdg : join((by ? by.home : home) ?? '', '.config')
  return isAbsolute(base) ? { path: join(base, 'fswatch-tui/config.toml'), owner: by?.uid ?? runner.uid } : null
}

const tooLarge = (size: number, largest: number) => `it has ${size.toLocaleString('en-US')} bytes, and at most ${largest.toLocaleString('en-US')} are read`

/** Why a file is not taken, or null. `owner`: whose it must be, or root's; null: it was named, so that whoever named it answers for it. */
function refusal(file: Stats, owner: number | null, largest: number): string | null {
  const { size, mode, uid } = file
  if (!file.isFile()) return 'it is no regular file'
  if (size > largest) return tooLarge(size, largest)
  if (owner === null) return null
  if (uid !== owner && uid !== 0) return `it belongs to user ${uid}, not to user ${owner} or root`
  if (mode & 0o002) return 'everybody may write it'
  // A link to a file that only root may read would show something of it in the complaint.
  if (uid !== owner && !(mode & 0o004)) return `it belongs to root, and user ${owner} may not read it`
  return null
}

/** Not a FIFO for a moment: opening one would wait. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** The text of a file of `owner`, or root's (see refusal). Throws a sentence, or what the system said. */
export function readOwned(path: string, owner: number | null, largest = LARGEST): string {
  const refuse = (stats: Stats) => {
    const why = refusal(stats, owner, largest)
    if (why !== null) throw new Error(why)
  }
  // Before it is opened, since a device might do something; and after, since it may be another file by then.
  refuse(statSync(path))
  const file = openSync(path, FLAGS)
  try {
    refuse(fstatSync(file))
    const bytes = Buffer.alloc(largest + 1)
    let used = 0
    for (let got = -1; got !== 0 && used < bytes.length; used += got) got = readSync(file, bytes, used, bytes.length - used, null)
    if (used > largest) throw new Error(tooLarge(used, largest))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, used))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new Error('it is not UTF-8')
    throw error
  } finally {
    closeSync(file)
  }
}

/** Why a file could not be read, to go on from its name. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return { ENOENT: 'it does not exist', EACCES: 'it may not be read', ELOOP: 'its links go in a circle' }[code ?? ''] ?? message
}

/** The settings of `text`, the file at `path`. */
function settingsOf(path: string, text: string): Loaded {
  const { settings, mistakes } = parseConfig(text, existsSync)
  const [first] = mistakes
  if (!first) return { settings, news: null }
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : ''
  return {
    settings,
    news: {
      sentence: `${printable(path)}:${first.line}:${first.column}: ${first.message}${more}: what is wrong stays at its default`,
      short: `config wrong in line ${first.line}`,
    },
  }
}

/**
 * `wanted`: the value of --config, false for --no-config, undefined for neither. A file in the usual place that cannot be taken is told
 * of and left; one that was named and cannot be read is bad usage: throws UsageError.
 */
export function loadConfig(wanted: string | false | undefined, runner: Runner): Loaded {
  if (wanted === false) return NOTHING
  if (wanted !== undefined) {
    try {
      return settingsOf(wanted, readOwned(wanted, null))
    } catch (error) {
      throw new UsageError(`--config ${wanted}: ${reason(error)}`)
    }
  }
  const place = placeOfConfig(runner)
  if (!place) return NOTHING
  try {
    return settingsOf(place.path, readOwned(place.path, place.owner))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return NOTHING
    return { settings: {}, news: { sentence: `${printable(place.path)} is not taken: ${reason(error)}`, short: 'config not taken' } }
  }
}

/** Who runs this process. */
export function thisRunner(): Runner {
  let passwd = ''
  try {
    passwd = readStartSync('/etc/passwd', PASSWD_BYTES).bytes.toString('utf8')
  } catch {
    // Without it nobody's home is known: there is no file, then.
  }
  return { env: process.env, uid: process.getuid?.() ?? -1, passwd }
}

/** Rules that are armed unasked need the whole file: what it may protect is not known where it has mistakes. Throws UsageError. */
export function refuseToArm(news: Loaded['news']): void {
  if (news) throw new UsageError(`${news.sentence}; nothing is armed, since it may name programs to protect: mend it, or leave it out with --no-config`)
}
