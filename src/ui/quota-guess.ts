/** The limit that a quota is proposed with, and how much of it is a guess: what lies there is not counted before it is armed. Pure. */
import { parseRule } from '../rules/parse.ts'
import { printRule } from '../rules/print.ts'
import { printSize } from '../rules/quota.ts'
import type { Rule } from '../rules/rule.ts'
import { harmless, printable } from '../text/printable.ts'
import { bytes } from '../text/units.ts'
import type { NowSeen } from './asking.ts'

/** Bytes, where nothing is known of the disk. */
const USUAL = 10 * 2 ** 30

/** Bytes: less is no limit to work with. */
const LEAST = 2 ** 20

/** What is known of the disk a directory lies on. */
interface Disk {
  point: string
  total: number
  used: number
  free: number
}

/** As far as it was asked: of the directory, or of a file in it. */
function diskOf(directory: string, seen: NowSeen | null): Disk | null {
  const now = seen?.now
  if (!seen || (now?.of !== 'directory' && now?.of !== 'file') || !now.mount?.space) return null
  if (seen.target.of === 'process') return null
  const { path } = seen.target
  const asked = now.of === 'directory' ? path : path.slice(0, Math.max(1, path.lastIndexOf('/')))
  return asked === directory ? { point: now.mount.point, ...now.mount.space } : null
}

/** Bytes that lie below a directory; null: nobody has counted them, or not all. */
function counted(directory: string, seen: NowSeen | null): number | null {
  if (seen?.now?.of !== 'directory' || seen.target.of !== 'directory' || seen.target.path !== directory) return null
  const { count } = seen.now
  return count !== null && typeof count === 'object' && count.state === 'done' ? count.bytes : null
}

/** Two digits of it, in the largest unit that has them. */
function roundDown(size: number): number {
  let unit = 1
  while (size / (unit * 1024) >= 10) unit *= 1024
  let step = unit
  while (size / step >= 100) step *= 10
  return Math.max(LEAST, Math.floor(size / step) * step)
}

/** Bytes: twice what was counted there, or all that the disk holds and half of what is free, as far as there is room; where nobody knows what is there, the usual. */
export function proposedLimit(directory: string, seen: NowSeen | null): number {
  const disk = diskOf(directory, seen)
  if (!disk) return USUAL
  // All that the disk holds lies there.
  if (disk.point === directory) return roundDown(disk.used + disk.free / 2)
  const lies = counted(directory, seen)
  if (lies) return roundDown(lies + Math.min(lies, disk.free))
  return disk.free >= USUAL ? USUAL : roundDown(disk.free)
}

function unknownDisk({ silent, now }: NowSeen): string {
  if (silent) return 'its disk does not answer'
  return now?.of === 'nothing' ? harmless(now.why) : 'asking its disk …'
}

/** How much of a quota's limit is a guess; null: it is no quota. */
export function guessText({ action, object }: Rule, seen: NowSeen | null): string | null {
  if (action.kind !== 'quota') return null
  const limit = printSize(action.bytes)
  const disk = diskOf(object.text, seen)
  if (disk?.point === object.text && action.bytes < disk.used)
    return `${limit} is less than the ${bytes(disk.used)} that its disk holds: nothing more could be written there`
  if (disk?.point === object.text)
    return `${limit}: its disk holds ${bytes(disk.used) || 'nothing'} now and has ${bytes(disk.free) || 'nothing'} free, of ${bytes(disk.total)}`
  const lies = disk && counted(object.text, seen)
  if (disk && lies && action.bytes < lies) return `${limit} is less than the ${bytes(lies)} that lie there: nothing more could be written`
  if (disk && lies)
    return `${limit}: ${bytes(lies)} lie there, as was counted, and ${bytes(disk.free) || 'nothing'} is free of ${bytes(disk.total)} on ${printable(disk.point)}`
  const unknown = `${limit} is a guess: what lies there is counted only when it is armed`
  if (!disk) return seen?.target.of === 'directory' && seen.target.path === object.text ? `${unknown}; ${unknownDisk(seen)}` : unknown
  return `${unknown}; ${bytes(disk.free) || 'nothing'} is free of ${bytes(disk.total)} on ${printable(disk.point)}`
}

/** A proposed line again, with the limit that what is known by now makes sense of; the same one where that is no other. */
export function refinedQuota(line: string, seen: NowSeen | null): string {
  const parsed = parseRule(line)
  if (!parsed.ok || parsed.rule.action.kind !== 'quota') return line
  const { rule } = parsed
  const directory = rule.object.text
  return diskOf(directory, seen) ? printRule({ ...rule, action: { ...parsed.rule.action, bytes: proposedLimit(directory, seen) } }) : line
}
