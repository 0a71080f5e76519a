/** A batch as JSON in parts of a bounded length: one of a million files would make a line that no reader takes. */
import type { Batch, SourceInfo } from '../batch/batch.ts'
import { NAME_CHARS, PATH_CHARS } from './facts.ts'

/** UTF-16 units of a part, give or take one fact of some 25,000. */
export const PART_CHARS = 512 * 1024

/** In the order the model takes them, so that parts of the same time, one after the other, come to what the whole would. */
const LISTS = ['files', 'processes', 'counters', 'events', 'exits'] as const
type List = (typeof LISTS)[number]

/** A mount point may come before a path as long as the kernel gives any: the root end goes, as it does there. */
function within(fact: object): object {
  if ('path' in fact && typeof fact.path === 'string' && fact.path.length > PATH_CHARS) return { ...fact, path: fact.path.slice(-PATH_CHARS), cut: true }
  if ('exe' in fact && typeof fact.exe === 'string' && fact.exe.length > PATH_CHARS) return { ...fact, exe: fact.exe.slice(-PATH_CHARS) }
  return fact
}

/** One or more batches in JSON, together what the one is. */
export function* partsOf(batch: Batch, most = PART_CHARS): Generator<string> {
  const { timeMs, timeNs, totals, losses } = batch
  const rest = JSON.stringify({ timeMs, timeNs, totals, losses }).slice(1)
  const nothing = (): Record<List, string[]> => ({ files: [], processes: [], counters: [], events: [], exits: [] })
  const part = (lists: Record<List, string[]>) => `{${LISTS.map((list) => `"${list}":[${lists[list].join(',')}]`).join(',')},${rest}`
  let lists = nothing()
  let chars = 0
  for (const list of LISTS) {
    for (const fact of batch[list]) {
      const json = JSON.stringify(typeof fact === 'string' ? fact : within(fact))
      if (chars > 0 && chars + json.length > most) {
        yield part(lists)
        lists = nothing()
        chars = 0
      }
      lists[list].push(json)
      chars += json.length + 1
    }
  }
  yield part(lists)
}

/** `info` with as many users as a line has room for; the others go by their numbers. */
export function fitting(info: SourceInfo): SourceInfo {
  let chars = 0
  const users = Object.entries(info.users).filter(([uid, name]) => {
    chars += uid.length + JSON.stringify(name).length + 4
    return chars <= PART_CHARS && name.length <= NAME_CHARS
  })
  return { ...info, users: Object.fromEntries(users) }
}
