/** What is said of BPF programs of others on the hooks that rules use. */
import { printable } from '../text/printable.ts'
import type { OtherProgram } from './control.ts'

/** Hooks that are named, at most. */
const MOST_HOOKS = 3

function hooksText(programs: readonly OtherProgram[]): string {
  const hooks = [...new Set(programs.map(({ hook }) => hook ?? 'a function that this kernel does not tell'))]
  return hooks.length > MOST_HOOKS ? `${hooks.slice(0, MOST_HOOKS).join(', ')} and ${hooks.length - MOST_HOOKS} more` : hooks.join(', ')
}

/** The programs by the process that holds them and, of other programs, by name. */
function grouped(others: readonly OtherProgram[]): OtherProgram[][] {
  const groups = new Map<string, OtherProgram[]>()
  for (const other of others) {
    const key = `${other.isFswatch} ${other.pid} ${other.isFswatch ? '' : other.name}`
    groups.set(key, [...(groups.get(key) ?? []), other])
  }
  return [...groups.values()]
}

/** A sentence for each other fswatch-tui and each other program, without its dot. */
export function othersSentences(others: readonly OtherProgram[]): string[] {
  return grouped(others).map((programs) => {
    const [{ name, kind, isFswatch, pid, comm }] = programs as [OtherProgram]
    const holder = pid === null ? '' : ` of ${printable(comm ?? '?')} (${pid})`
    if (isFswatch) return `another fswatch-tui${pid === null ? '' : ` (pid ${pid})`} enforces rules or quotas: the one that loaded last decides first`
    return `another BPF program can refuse the same calls: ${printable(name)} (${kind})${holder} on ${hooksText(programs)}`
  })
}

/** The same in a few words, for the header; '' for none. */
export function othersBadge(others: readonly OtherProgram[]): string {
  const groups = grouped(others)
  const ours = groups.filter(([first]) => first?.isFswatch)
  if (ours.length > 0) return ours.length === 1 ? 'beside another fswatch-tui' : `beside ${ours.length} other fswatch-tui`
  return groups.length === 0 ? '' : `beside ${groups.length} other BPF ${groups.length === 1 ? 'program' : 'programs'}`
}
