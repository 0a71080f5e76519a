/** Flags to settings, with a sentence for each that makes no sense. */
import type { KernelFilter } from '../kernel/filter.ts'
import type { LiveOptions } from '../kernel/live.ts'
import { WAYS, type Way } from '../kernel/plan.ts'
import { userNames } from '../kernel/users.ts'
import { intervalOf, UsageError } from './checks.ts'

export { UsageError }

/** The flags as meow gives them. */
export interface Flags {
  attach: string
  interval: number
  maxEntries: number
  pid: string[]
  comm?: string | undefined
  user?: string | undefined
  cgroup?: string | undefined
  path: string[]
}

function way(text: string): Way | 'auto' {
  if (text === 'auto' || (WAYS as readonly string[]).includes(text)) return text as Way | 'auto'
  throw new UsageError(`--attach ${text}: choose auto, ${WAYS.join(', ')}`)
}

function uidOf(user: string): number {
  if (/^\d+$/.test(user)) return Number(user)
  const found = Object.entries(userNames()).find(([, name]) => name === user)
  if (!found) throw new UsageError(`--user ${user}: there is no such user in /etc/passwd; a number works too`)
  return Number(found[0])
}

/** The part of the filter the kernel applies. */
export function kernelFilter(flags: Flags): KernelFilter {
  const filter: KernelFilter = {}
  for (const [flag, values] of Object.entries({ comm: [flags.comm], user: [flags.user], cgroup: [flags.cgroup], path: flags.path }))
    if (values.includes('')) throw new UsageError(`--${flag} wants a ${flag === 'path' ? 'directory' : 'name'}, and was given an empty one`)
  const pids = flags.pid.map((text) => {
    const match = /^([1-9]\d{0,9})(\+?)$/.exec(text)
    if (!match) throw new UsageError(`--pid ${text}: a process number is wanted, with + for its descendants: --pid 4711+`)
    if (match[2] === '+') filter.descendants = true
    return Number(match[1])
  })
  if (pids.length > 0) filter.pids = pids
  if (flags.comm !== undefined) {
    if (Buffer.byteLength(flags.comm) > 15)
      throw new UsageError(`--comm ${flags.comm}: the kernel keeps 15 bytes of a name; this has ${Buffer.byteLength(flags.comm)}`)
    filter.comm = flags.comm
  }
  if (flags.user !== undefined) filter.uid = uidOf(flags.user)
  if (flags.cgroup !== undefined) filter.cgroup = flags.cgroup
  if (flags.path.length > 0) filter.paths = flags.path
  return filter
}

/** What of the flags the kernel applies, in words; null: it leaves out nothing. What it leaves out is counted nowhere, so the screen must say so. */
export function kernelNote({ pid, comm, user, cgroup, path }: Flags): string | null {
  const named = (key: string, value: string | undefined) => (value === undefined ? [] : [`${key} ${value}`])
  const parts = [
    ...(pid.length > 0 ? [`pid ${pid.join(' or ')}`] : []),
    ...named('comm', comm),
    ...named('user', user),
    ...named('cgroup', cgroup),
    ...(path.length > 0 ? [`path ${path.join(' or ')}`] : []),
  ]
  return parts.length === 0 ? null : `kernel: ${parts.join(', ')}`
}

/** Settings of the live source; throws UsageError. */
export function liveOptions(flags: Flags, events: boolean): LiveOptions {
  if (!Number.isInteger(flags.maxEntries) || flags.maxEntries < 16 || flags.maxEntries > 4_194_304) {
    throw new UsageError(`--max-entries ${flags.maxEntries}: a whole number from 16 to 4194304 (each entry takes some 200 bytes of kernel memory)`)
  }
  return {
    attach: way(flags.attach),
    intervalMs: intervalOf('--interval', flags.interval) * 1000,
    maxEntries: flags.maxEntries,
    filter: kernelFilter(flags),
    events,
  }
}
