/** Who has a file open for writing, or mapped so that it can be stored into, when a rule is armed: the one thing no hook can stop. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Target } from './anchors.ts'

export interface Holder {
  pid: number
  comm: string
  path: string
  /** mapped: stores go on whatever the rule says; open: each write is refused */
  how: 'mapped' | 'open'
}

function covers({ kind, text }: Target, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  switch (kind) {
    case 'file':
      return path === text
    case 'tree':
      return text === '/' || path === text || path.startsWith(`${text}/`)
    case 'name':
      return name === text
    case 'suffix':
      return name.endsWith(text)
  }
}

/** Files of shared writable mappings: "7f…-7f… rw-s 00000000 08:01 1234 /path". */
function mappedPaths(pid: number): string[] {
  return [...readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^\S+ .w.s \S+ \S+ \d+ +(\/.*)$/gm)].map(([, path]) => path as string)
}

function openPaths(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`)
      if (!path.startsWith('/') || path.startsWith('/dev/')) return []
      const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0', 8)
      return flags & 3 ? [path] : []
    } catch {
      return []
    }
  })
}

/** Everybody who could be storing into files now, as far as /proc tells, but for this process. Reads each process's maps: not for every tick. */
export function findHolders(): Holder[] {
  const holders: Holder[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    try {
      const comm = readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()
      const mapped = new Set(mappedPaths(pid))
      for (const path of mapped) holders.push({ pid, comm, path, how: 'mapped' })
      for (const path of new Set(openPaths(pid))) if (!mapped.has(path)) holders.push({ pid, comm, path, how: 'open' })
    } catch {
      // It ended meanwhile, or hides.
    }
  }
  return holders
}

/** Those of what a rule is about. */
export function holdersOf(holders: readonly Holder[], target: Target): Holder[] {
  return holders.filter(({ path }) => covers(target, path))
}
