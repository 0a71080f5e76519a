/** What the live machine says of what is looked at, as sentences. All names are made harmless here. */
import type { SessionFact } from '../batch/batch.ts'
import type { DirectoryNow, FileNow, MountNow, Now, ProcessNow } from '../batch/now.ts'
import { sessionLabel, sessionName } from '../model/session.ts'
import { printable } from '../text/printable.ts'
import { bytes, duration, exact } from '../text/units.ts'
import { firstFitting, fitPath, width } from '../text/width.ts'
import type { NowSeen } from './asking.ts'

/** Longer is as good as never. */
const LONGEST_MS = 999 * 86_400_000

/** What stands where nothing can be asked. */
const NOBODY = '(not known: a recording does not tell)'

/** Cells that a path has at least. */
const LEAST_PATH = 12

function some(count: number, one: string): string {
  return `${exact(count)} ${count === 1 ? one : `${one}s`}`
}

function rateText(rate: number): string {
  if (rate === 0) return 'does not grow'
  return `${rate > 0 ? 'grows' : 'shrinks'} ${bytes(Math.abs(rate))}/s`
}

/** Why there is no answer of that kind, or the answer. `live`: is there somebody to ask? */
export function answerOf<Of extends Now['of']>(seen: NowSeen | null, of: Of, live: boolean, gone: string): string | Extract<Now, { of: Of }> {
  if (seen === null) return live ? gone : NOBODY
  if (seen.silent) return of === 'process' ? 'the machine does not answer' : 'the file system does not answer'
  if (seen.now === null) return 'asking …'
  if (seen.now.of === 'nothing') return seen.now.why
  return seen.now.of === of ? (seen.now as Extract<Now, { of: Of }>) : 'asking …'
}

/** A session by its leader, number and terminal. */
export function sessionText(session: SessionFact): string {
  return printable(sessionName(String(session.id), sessionLabel(session)))
}

/** How many files it has open. */
export function openText({ open }: ProcessNow): string {
  if (open === null) return 'its open files may not be read'
  const cut = open.files.length > 0 && (open.more || open.count > open.files.length)
  return `${open.more ? 'at least ' : ''}${some(open.count, 'open file')}${cut ? ` (${exact(open.files.length)} are listed)` : ''}`
}

/** What stands where no open files are listed. */
export function noneOpenText(seen: NowSeen | null, live: boolean): string {
  if (!live) return 'A recording does not tell which files were open.'
  const answer = answerOf(seen, 'process', live, 'it has ended')
  if (typeof answer === 'string') return answer === 'asking …' ? 'Asking which files it has open …' : `Which files it has open is not known: ${answer}.`
  return answer.open === null ? 'Its open files may not be read.' : 'It has no file open.'
}

/** Where it runs, in so many cells as well as may be. */
export function runsText(now: ProcessNow, cells = Number.POSITIVE_INFINITY): string {
  const what = `${openText(now)}, ${some(now.threads, 'thread')}`
  if (now.cwd === null) return `${what}, where may not be read`
  return `${what}, in ${fitPath(printable(now.cwd), Math.max(LEAST_PATH, cells - width(what) - 5))}`
}

/** Since when it runs. */
export function sinceText({ seconds }: ProcessNow): string {
  return `began ${duration(seconds * 1000)} ago`
}

/** How large it is and how fast it grows, in so many cells as well as may be. */
export function sizeText({ same, size, allocated, growth, links }: FileNow, cells = Number.POSITIVE_INFINITY): string {
  if (same === false) return `another file has this name now, of ${exact(size)} bytes`
  const grows = growth === null ? '' : `, ${rateText(growth)}`
  const [whole, short] = [`${exact(size)} ${size === 1 ? 'byte' : 'bytes'}`, bytes(size) || '0 bytes']
  const rest = `${grows}, ${bytes(allocated) || 'nothing'} on the disk, ${some(links, 'link')}`
  if (same !== null) return firstFitting([whole + rest, short + rest], cells)
  // That this is in doubt is never what is cut.
  return firstFitting(
    [
      `${whole}${rest} (if this is still the file: its file system does not tell)`,
      `${whole}${rest} (if it is still this)`,
      `${short}${rest} (if it is still this)`,
      `${short}${grows} (if it is still this)`,
    ],
    cells,
  )
}

function fullText({ free, growth }: NonNullable<MountNow['space']>): string {
  if (growth === null) return ''
  if (growth <= 0) return growth < 0 ? `, empties ${bytes(-growth)}/s` : ''
  const ms = (free / growth) * 1000
  return `, fills ${bytes(growth)}/s: ${ms > LONGEST_MS ? 'full in more than 999 days' : `full in ${duration(ms)}`}`
}

/** The file system it lies on, and how full that is, in so many cells as well as may be. */
export function mountText({ mount }: FileNow | DirectoryNow, cells = Number.POSITIVE_INFINITY): string {
  if (!mount) return 'its file system is not among those mounted here'
  const { point, fstype, source, readOnly, space } = mount
  const [at, locked] = [printable(point), readOnly ? ', read only' : '']
  const places = [`${at} (${printable(fstype)}, ${printable(source)}${locked})`, `${at} (${printable(fstype)}${locked})`, at]
  if (!space) return firstFitting(places, cells)
  const { total, used, free } = space
  const [room, part] = [`${bytes(free) || '0'} free of ${bytes(total)}`, `(${Math.ceil((used / Math.max(1, used + free)) * 100)} % used)`]
  const texts = places.map((place) => `${room} ${part}${fullText(space)}, ${place}`)
  const short = `${room}${fullText(space)}, `
  return firstFitting([...texts, `${short}${at}`, short + fitPath(at, Math.max(LEAST_PATH, cells - width(short)))], cells)
}
