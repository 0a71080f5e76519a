/** What the live machine says of what is looked at, as sentences. All names are made harmless here. */

import type { SessionFact } from '../batch/batch.ts'
import type { DirectoryNow, FileNow, MountNow, Now, ProcessNow } from '../batch/now.ts'
import type { Changed } from '../model/drill.ts'
import { sessionLabel, sessionName } from '../model/session.ts'
import { printable } from '../text/printable.ts'
import { dateOf, timeOfDay } from '../text/time-of-day.ts'
import { bytes, duration, exact } from '../text/units.ts'
import { firstFitting, fitPath, width } from '../text/width.ts'
import type { NowSeen } from './asking.ts'

/** Longer is as good as never. */
const LONGEST_DAYS = 999

/** Clocks of two machines may differ by so much without anybody minding. */
const SKEW_MS = 5000

/** What stands where no answer has come yet, and where it cannot be asked about. */
export const [ASKING, UNASKABLE] = ['asking …', 'its path is not known whole, so it cannot be asked for']

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
  if (seen.now === null) return ASKING
  if (seen.now.of === 'nothing') return seen.now.why
  return seen.now.of === of ? (seen.now as Extract<Now, { of: Of }>) : ASKING
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
  if (typeof answer === 'string') return answer === ASKING ? 'Asking which files it has open …' : `Which files it has open is not known: ${answer}.`
  return answer.open === null ? 'Its open files may not be read.' : 'It has no file open.'
}

/** What it was started with. */
export function commandText({ command }: ProcessNow): string {
  if (command === null) return 'it may not be read'
  return command === '' ? 'none, as of kernel threads' : printable(command)
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

/** When that was: the time of day, in the zone of the header's clock, and of another day that too. */
function whenText(timeMs: number, nowMs: number): string {
  // A file may have any time, and be kept by a machine with another clock.
  if (!(Math.abs(timeMs) < 8.64e15)) return 'at no time there is'
  const at = dateOf(timeMs) === dateOf(nowMs) ? timeOfDay(timeMs) : `${dateOf(timeMs)} ${timeOfDay(timeMs)}`
  const ago = nowMs - timeMs
  if (ago < -SKEW_MS) return `at a time to come (${at})`
  return `${duration(ago)} ago (${at})`
}

/** When it was changed, as its file system says, from long to short: with the inode's change where that is another, and without the time of day. */
export function changedTexts({ mtimeMs, ctimeMs, askedMs }: FileNow): [whole: string, content: string, short: string] {
  const [content, inode] = [whenText(mtimeMs, askedMs), whenText(ctimeMs, askedMs)]
  return [content === inode ? content : `${content}, its inode ${inode}`, content, content.replace(/ \(.*/, '')]
}

/** Who changed it last that was seen; and with less about when. */
export function changerTexts({ by, among, timeMs, agoMs }: Changed): [whole: string, short: string] {
  const who = `${by ? `${printable(by.comm)} ${by.pid}` : '?'}${among ? ' among others' : ''}`
  return [`${who} ${whenText(timeMs, timeMs + agoMs)}`, `${who} ${duration(agoMs)} ago`]
}

/** Whose it is. */
export function ownerText({ owner, group }: FileNow): string {
  return printable(`${owner}:${group}`)
}

/** How large it is and how fast it grows, in so many cells as well as may be. */
export function sizeText({ same, size, allocated, growth, links }: FileNow, cells = Number.POSITIVE_INFINITY): string {
  if (same === false)
    return firstFitting(
      [`another file has this name now, of ${exact(size)} bytes (e: who touches that)`, `another file has this name now, of ${exact(size)} bytes`],
      cells,
    )
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

/** How much lies below a directory, as far as it was counted, in so many cells as well as may be. */
export function countText({ count }: DirectoryNow, cells = Number.POSITIVE_INFINITY): string {
  if (count === null) return 'not counted (n counts what lies below)'
  if (typeof count === 'string') return firstFitting([printable(count), 'not counted'], cells)
  const { state, inodes, failed, agoMs } = count
  const size = bytes(count.bytes) || 'nothing'
  const much = [`${size} in ${exact(inodes)} ${inodes === 1 ? 'file or directory' : 'files and directories'}`, `${size} in ${exact(inodes)} files`, size]
  if (state === 'counting') return firstFitting([...much.map((some) => `${some} so far (n stops the count)`), `${size} so far`], cells)
  if (state === 'cut')
    return firstFitting(
      much.flatMap((some) => [`more than ${some}, which is as far as it is counted`, `more than ${some}`]),
      cells,
    )
  if (state === 'stopped')
    return firstFitting(
      much.flatMap((some) => [`at least ${some} (stopped; n counts anew)`, `at least ${some} (stopped)`]),
      cells,
    )
  const [unseen, less] = failed > 0 ? [', but for what could not be looked at', ', not all'] : ['', '']
  const ago = `, counted ${duration(agoMs)} ago`
  // That something is missing is never what is cut.
  return firstFitting(
    much.flatMap((some) => [
      `${some}${unseen}${ago} (n counts anew)`,
      `${some}${unseen}${ago}`,
      `${some}${less}${ago} (n counts anew)`,
      `${some}${less}${ago}`,
    ]),
    cells,
  )
}

function fullText({ free, growth }: NonNullable<MountNow['space']>): string {
  if (growth === null) return ''
  if (growth <= 0) return growth < 0 ? `, empties ${bytes(-growth)}/s` : ''
  return `, fills ${bytes(growth)}/s: full in ${aboutText((free / growth) * 1000)}`
}

/** A time to come, as far as anybody can know: it is made of a rate that changes. */
function aboutText(ms: number): string {
  const [minutes, hours, days] = [ms / 60_000, ms / 3_600_000, ms / 86_400_000]
  if (minutes < 1) return 'less than a minute'
  if (minutes < 9.5) return `about ${Math.round(minutes)} min`
  if (minutes < 57.5) return `about ${5 * Math.round(minutes / 5)} min`
  if (hours < 47.5) return `about ${Math.round(hours)} h`
  return days > LONGEST_DAYS ? `more than ${LONGEST_DAYS} days` : `about ${Math.round(days)} days`
}

/** The file system a file lies on, and where else that shows it, in so many cells as well as may be. */
export function diskText(now: FileNow, cells = Number.POSITIVE_INFINITY): string {
  if (now.alsoAt.length === 0) return mountText(now, cells)
  const [whole, short] = [`, the same file is ${now.alsoAt.map(printable).join(' and ')}`, `, also at ${some(now.alsoAt.length, 'other path')}`]
  return firstFitting([mountText(now) + whole, mountText(now, cells - width(short)) + short, mountText(now, cells)], cells)
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
