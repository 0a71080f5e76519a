/** Who a rule is about: names become the numbers the kernel compares. */
import { type Dirent, opendirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { groupOf } from '../../text/cgroup-path.ts'
import { cgroupIdOf, cgroupRoot } from '../filter.ts'
import { TimeSlices } from '../time-slices.ts'
import { subordinateIds, userNames } from '../users.ts'
import type { GuardRule } from './armed.ts'
import type { KernelRule } from './bytes.ts'
import { identityOf } from './exempt.ts'
import type { Families } from './families.ts'
import type { Inodes } from './inodes.ts'
import { ruleCondition, ruleFlags } from './layout.gen.ts'

/** One condition of a rule, as the rule language says it. */
export type Condition =
  | { key: 'pid'; pid: number; descendants: boolean; negate: boolean }
  | { key: 'comm' | 'exe' | 'user' | 'cgroup' | 'container'; text: string; negate: boolean }
  | { key: 'uid'; uid: number; negate: boolean }

class TooMany extends Error {}

/** Groups that are looked at for a container: any user with a delegated group may make more. */
const MOST_GROUPS = 100_000

/** The entries of a folder, one by one. */
function* entriesOf(path: string): Generator<Dirent> {
  const folder = opendirSync(path, { bufferSize: 256 })
  try {
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) yield entry
  } finally {
    folder.closeSync()
  }
}

/** The group of a container: the topmost one that is of its id. Rejects with a sentence. */
export async function containerGroup(id: string, root = cgroupRoot(), slices = new TimeSlices()): Promise<bigint> {
  if (!/^[0-9a-f]{8,64}$/.test(id)) throw new Error(`container=${id}: write at least 8 digits of its id (docker ps shows them)`)
  const queue = ['/']
  /** a group of a kind not known here */
  let named: string | null = null
  let seen = 0
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    try {
      for (const entry of entriesOf(join(root, folder))) {
        await slices.rest()
        if (!entry.isDirectory()) continue
        if (++seen > MOST_GROUPS)
          throw new TooMany(`container=${id}: it is not among the first ${MOST_GROUPS.toLocaleString('en-US')} cgroups; write cgroup=PATH`)
        const path = join(folder, entry.name)
        // Not by the folder's name: who watches over a container has a group that is called after it too.
        if (groupOf(path).id?.startsWith(id)) return statSync(join(root, path), { bigint: true }).ino
        if (entry.name.includes(id) && !entry.name.includes('conmon')) named ??= path
        queue.push(path)
      }
    } catch (error) {
      if (error instanceof TooMany) throw error
      // It went away meanwhile.
    }
  }
  const found = named === null ? undefined : statSync(join(root, named), { bigint: true, throwIfNoEntry: false })?.ino
  if (found !== undefined) return found
  throw new Error(`container=${id}: no running container has this id`)
}

function uidOf(user: string): number {
  if (/^\d+$/.test(user)) return Number(user)
  const found = Object.entries(userNames()).find(([, name]) => name === user)
  if (!found) throw new Error(`user=${user}: there is no such user in /etc/passwd; a number works too`)
  return Number(found[0])
}

/** Adds a condition to a rule, and gives its BY_* bit. Rejects with a sentence. */
async function add(rule: KernelRule, condition: Condition, inodes: Inodes, family: (pid: number) => Promise<number>): Promise<number> {
  switch (condition.key) {
    case 'pid': {
      const identity = identityOf(condition.pid)
      if (!identity) throw new Error(`there is no process ${condition.pid}: it has ended, or lives in another pid namespace`)
      if (condition.descendants) {
        rule.family = await family(condition.pid)
        return ruleCondition.BY_FAMILY
      }
      rule.pid = { tgid: identity.tgid, birth: identity.birth }
      return ruleCondition.BY_PID
    }
    case 'comm':
      rule.comm = condition.text
      return ruleCondition.BY_COMM
    case 'exe': {
      const found = inodes.find(condition.text)
      if (!found) throw new Error(`exe=${condition.text}: there is no such program`)
      rule.exe = found.inode
      return ruleCondition.BY_EXE
    }
    case 'uid':
    case 'user': {
      rule.uid = condition.key === 'uid' ? condition.uid : uidOf(condition.text)
      const subuids = subordinateIds(rule.uid)
      if (subuids) rule.subuids = subuids
      return ruleCondition.BY_UID
    }
    case 'cgroup':
      rule.cgroup = cgroupIdOf(condition.text)
      return ruleCondition.BY_CGROUP
    case 'container':
      rule.cgroup = await containerGroup(condition.text)
      return ruleCondition.BY_CGROUP
  }
}

/** What resolves programs and families to their numbers. */
export interface Resolvers {
  inodes: Inodes
  families: Pick<Families, 'of' | 'release'>
}

/**
 * A rule as the kernel part has it, without a time of expiry. It uses the number of its family (`family`) until that is released. `check` runs
 * last, and throws where the rule must not be armed after all. Rejects with its error or with a sentence; then no number is used.
 */
export async function kernelRuleOf(rule: GuardRule, serial: number, { inodes, families }: Resolvers, check: () => void): Promise<KernelRule> {
  const { ops, action, errno, signal } = rule
  const kernel: KernelRule = { flags: ruleFlags.RULE_ARMED, ops, action, errno, signal, serial, expiresNs: 0n, negated: 0 }
  try {
    for (const condition of rule.conditions) {
      const bit = await add(kernel, condition, inodes, (pid) => families.of(pid))
      if (condition.negate) kernel.negated |= bit
    }
    check()
  } catch (error) {
    if (kernel.family !== undefined) families.release(kernel.family)
    throw error
  }
  return kernel
}
