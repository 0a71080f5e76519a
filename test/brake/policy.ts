/** Policies of many rules that name nothing of what a test does: the object is elsewhere, or the subject is somebody else, or the op is. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ACTIONS = ['deny', 'deny:EACCES', 'kill', 'deny:EROFS', 'kill:TERM', 'freeze', 'deny:ENOSPC']
const OPS = ['all', 'modify', 'write', 'open,read', 'write,delete', 'create', 'attr,rename', 'link', 'exec', 'read', 'all']
/** Most rules name no subject: then only the object keeps them off. */
const SUBJECTS = ['', '', ' by uid=4242', '', '', ' by comm=nobody-here', '', ' by !uid=4242', '', ' by exe=/bin/false', '', ' by user=games !comm=x', '']
/** Sets of rules of nobody here on the very place of work: each touch asks each of them. */
const STRANGERS = ['uid=4242', 'comm=nobody-here', 'exe=/bin/false', '!comm=y uid=4243']

/** A place of rules on one file system. */
export interface Ground {
  /** what rules are on: has files, trees and names that do not exist */
  rules: string
  /** where work is done: some names in it that are never made are ruled, and rules of strangers cover all of it */
  work: string
}

/** Makes a ground below `point`. */
export function makeGround(point: string): Ground {
  const ground = { rules: join(point, 'rules'), work: join(point, 'work') }
  for (const folder of Object.values(ground)) mkdirSync(folder, { recursive: true })
  return ground
}

/** The object of rule `i`, one of seven kinds; makes what it needs. Trees are few: see CHAIN_RULES in bpf/guard.h. */
function objectOf(i: number, { rules, work }: Ground): string {
  switch (i % 7) {
    case 0: {
      writeFileSync(join(rules, `file-${i}`), 'ruled')
      return join(rules, `file-${i}`)
    }
    case 1:
      return join(rules, `unborn-${i}`)
    case 2:
      return `**/ruled-${i}.key`
    case 3:
      return `**/*.ruled-${i}`
    case 4:
      return join(work, `unborn-${i}`)
    case 5: {
      mkdirSync(join(rules, `folder-${i}`))
      return join(rules, `folder-${i}`)
    }
    default: {
      if (i > 300) return join(work, `never-${i}`)
      mkdirSync(join(rules, `tree-${i}`))
      writeFileSync(join(rules, `tree-${i}/leaf`), 'ruled')
      return `${join(rules, `tree-${i}`)}/**`
    }
  }
}

/** `count` rules, spread over the grounds. The first is the control: it denies writing of the file it names, `control`, to anybody. */
export function policyElsewhere(count: number, grounds: Ground[]): { lines: string[]; control: string } {
  const control = join((grounds[0] as Ground).rules, 'control')
  writeFileSync(control, 'as it was')
  const lines = [`deny write ${control}`]
  for (const { work } of grounds) {
    for (const stranger of STRANGERS) lines.push(`kill all ${work}/** by ${stranger}`)
    // An op that nobody does to a directory.
    lines.push(`kill exec ${work}`)
  }
  for (let i = 0; lines.length < count; i++) {
    const object = objectOf(i, grounds[i % grounds.length] as Ground)
    lines.push(`${ACTIONS[i % ACTIONS.length]} ${OPS[i % OPS.length]} ${object}${SUBJECTS[i % SUBJECTS.length]}`)
  }
  return { lines, control }
}
