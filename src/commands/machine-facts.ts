/** What this machine cannot do without, for judging rules before they are armed. */
import { readlinkSync, realpathSync, statSync } from 'node:fs'
import { COMM_BYTES, kernelText } from '../kernel/bounded-read.ts'
import { cgroupIdOf, cgroupRoot } from '../kernel/filter.ts'
import { VitalFiles } from '../kernel/guard/vital-files.ts'
import { userNames } from '../kernel/users.ts'
import type { MachineFacts } from '../rules/danger.ts'
import type { Condition } from '../rules/rule.ts'

/** How long what was found is taken for true, ms: a shell or another sshd is seldom installed. */
const FRESH_MS = 60_000

/** Asked again after this time, ms. */
const ASKED_MS = 1000

/** `ask`, which is asked at most once in ASKED_MS. */
function cached<T>(ask: () => T): () => T {
  let last: { value: T; atMs: number } | null = null
  return () => {
    const nowMs = performance.now()
    if (!last || nowMs - last.atMs > ASKED_MS) last = { value: ask(), atMs: nowMs }
    return last.value
  }
}

/** Number of the root group on every kernel with cgroup v2. */
const ROOT_GROUP = 1n

const users = cached(userNames)

/** uid of a user's name or number; null: not in /etc/passwd. */
function uidOf(user: string): number | null {
  if (/^\d+$/.test(user)) return Number(user)
  const found = Object.entries(users()).find(([, name]) => name === user)
  return found ? Number(found[0]) : null
}

/** Is it the root group or that of init? A group that cannot be found may be. */
function isSystemGroup(cgroup: string): boolean {
  try {
    const id = cgroupIdOf(cgroup)
    const known = ['', '/init.scope'].map((below) => statSync(cgroupRoot() + below, { bigint: true, throwIfNoEntry: false })?.ino)
    return id === ROOT_GROUP || known.includes(id)
  } catch {
    return true
  }
}

/** null: it cannot be found out. */
function tried<T>(ask: () => T): T | null {
  try {
    return ask()
  } catch {
    return null
  }
}

const initComm = cached(() => kernelText('/proc/1/comm', COMM_BYTES)?.trim() ?? null)
/** Its path may lie in another mount namespace, where it cannot be resolved. */
const initProgram = cached(() => tried(() => realpathSync('/proc/1/exe')) ?? tried(() => readlinkSync('/proc/1/exe')))

/** Is it the program of init? One that is not there hits nothing. */
function isInitProgram(exe: string): boolean {
  const real = tried(() => realpathSync(exe))
  return real !== null && (initProgram() ?? real) === real
}

/** Is it the name of init? */
function isInitComm(comm: string): boolean {
  return (initComm() ?? comm) === comm
}

function includesSystem(condition: Condition): boolean {
  switch (condition.key) {
    case 'pid':
      return condition.pid === 1
    case 'uid':
      return condition.uid === 0
    case 'user':
      return (uidOf(condition.text) ?? 0) === 0
    case 'cgroup':
      return isSystemGroup(condition.text)
    case 'exe':
      return isInitProgram(condition.text)
    case 'comm':
      return isInitComm(condition.text)
    case 'container':
      return false
  }
}

let found: { vital: VitalFiles; atMs: number } | null = null

function vitalFiles(): VitalFiles {
  const nowMs = performance.now()
  if (!found || nowMs - found.atMs > FRESH_MS) found = { vital: new VitalFiles(), atMs: nowMs }
  return found.vital
}

/** The facts of this machine, looked up when they are asked for. */
export const MACHINE: MachineFacts = { vitalIn: (object) => vitalFiles().in(object), includesSystem }
