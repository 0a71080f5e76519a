/** What the live machine says of what is looked at, as sentences. All names are made harmless here. */
import type { SessionFact } from '../batch/batch.ts'
import type { DirectoryNow, FileNow, MountNow, Now, ProcessNow } from '../batch/now.ts'
import type { Changed } from '../model/drill.ts'
import { sessionLabel, sessionName } from '../model/session.ts'
import { printable } from '../text/printable.ts'
import { bytes, duration, exact } from '../text/units.ts'
import type { NowSeen } from './asking.ts'
import { clock } from './clock.ts'

/** Longer is as good as never. */
const LONGEST_DAYS = 999

/** Clocks of two machines may differ by so much without anybody minding. */
const SKEW_MS = 5000

/** What stands where no answer has come yet, and where it cannot be asked about. */
export const [ASKING, UNASKABLE] = ['asking …', 'its path is not known whole, so it cannot be asked for']

/** What stands where nothing can be asked. */
const NOBODY = '(not known: a recording does not tell)'

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

/** Where it runs. */
export function runsText(now: ProcessNow): string {
  const where = now.cwd === null ? 'where may not be read' : `in ${printable(now.cwd)}`
  return `${openText(now)}, ${some(now.threads, 'thread')}, ${where}`
}

/** Since when it runs. */
export function sinceText({ seconds }: ProcessNow): string {
  return `began ${duration(seconds * 1000)} ago`
}

/** When that was: the time of day, in UTC as the header's, and of another day that too. */
function whenText(timeMs: number, nowMs: number): string {
  // A file may have any time, and be kept by a machine with another clock.
  if (!(Math.abs(timeMs) < 8.64e15)) return 'at no time there is'
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  const at = day(timeMs) === day(nowMs) ? clock(timeMs) : `${day(timeMs)} ${clock(timeMs)}`
  const ago = nowMs - timeMs
  if (ago < -SKEW_MS) return `at a time to come (${at})`
  return `${duration(ago)} ago (${at})`
}

/** When it was changed, as its file system says. */
export function changedText({ mtimeMs, ctimeMs, askedMs }: FileNow): string {
  const [content, inode] = [whenText(mtimeMs, askedMs), whenText(ctimeMs, askedMs)]
  return content === inode ? content : `${content}, its inode ${inode}`
}

/** Who changed it last that was seen. */
export function changerText({ by, among, timeMs, agoMs }: Changed): string {
  const who = by ? `${printable(by.comm)} ${by.pid}` : '?'
  return `${who}${among ? ' among others' : ''} ${whenText(timeMs, timeMs + agoMs)}`
}

/** Whose it is. */
export function ownerText({ owner, group }: FileNow): string {
  return printable(`${owner}:${group}`)
}

/** How large it is and how fast it grows. */
export function sizeText({ same, size, allocated, growth, links }: FileNow): string {
  if (same === false) return `another file has this name now, of ${exact(size)} bytes`
  const doubt = same === null ? ' (if this is still the file: its file system does not tell)' : ''
  const grows = growth === null ? '' : `, ${rateText(growth)}`
  return `${exact(size)} ${size === 1 ? 'byte' : 'bytes'}${grows}, ${bytes(allocated) || 'nothing'} on the disk, ${some(links, 'link')}${doubt}`
}

/** How much lies below a directory, as far as it was counted. */
export function countText({ count }: DirectoryNow): string {
  if (count === null) return 'not counted (n counts what lies below)'
  if (typeof count === 'string') return printable(count)
  const { state, inodes, failed, agoMs } = count
  const much = `${bytes(count.bytes) || 'nothing'} in ${exact(inodes)} ${inodes === 1 ? 'file or directory' : 'files and directories'}`
  if (state === 'counting') return `${much} so far (n stops the count)`
  if (state === 'cut') return `more than ${much}, which is as far as it is counted`
  if (state === 'stopped') return `at least ${much} (stopped; n counts anew)`
  return `${much}${failed > 0 ? ', but for what could not be looked at' : ''}, counted ${duration(agoMs)} ago (n counts anew)`
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

/** The file system a file lies on, and where else that shows it. */
export function diskText(now: FileNow): string {
  const elsewhere = now.alsoAt.map(printable)
  return mountText(now) + (elsewhere.length > 0 ? `, the same file is ${elsewhere.join(' and ')}` : '')
}

/** The file system it lies on, and how full that is. */
export function mountText({ mount }: FileNow | DirectoryNow): string {
  if (!mount) return 'its file system is not among those mounted here'
  const { point, fstype, source, readOnly, space } = mount
  const what = `${printable(point)} (${printable(fstype)}, ${printable(source)}${readOnly ? ', read only' : ''})`
  if (!space) return what
  const { total, used, free } = space
  return `${bytes(free) || '0'} free of ${bytes(total)} (${Math.ceil((used / Math.max(1, used + free)) * 100)} % used)${fullText(space)}, ${what}`
}
