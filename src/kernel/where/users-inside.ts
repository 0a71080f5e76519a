/**
 * Users by the names they have where a process runs: a container has a passwd file of its own, and may have numbers of its own. Who
 * owns the container wrote both, so the names are his claim: nothing but a column and a filter goes by them.
 */
import { existsSync, readlinkSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ProcessFact } from '../../batch/batch.ts'
import { decodeBytes } from '../../text/bytes.ts'
import { readStartSync, UID_MAP_BYTES } from '../bounded-read.ts'
import { identityOf } from '../guard/exempt.ts'
import { namesIn } from '../users.ts'
import type { Lane } from './lane.ts'
import { readBelow } from './safe-read.ts'

/** Bytes that are read of one passwd file, and of all that are remembered: any user may make namespaces by the thousand, with a file each. */
const [PASSWD_BYTES, ALL_PASSWD_BYTES] = [64 * 1024, 2 * 1024 * 1024]

/** Namespaces remembered. */
const MOST = 1000

/** ms after which a file is looked at again. */
const FRESH_MS = 5000

/** Numbers inside, the same ones outside, and how many. */
type Range = readonly [inside: number, outside: number, count: number]

/** The ranges of /proc/PID/uid_map. */
export function rangesIn(text: string): Range[] {
  return text.split('\n').flatMap((line) => {
    const numbers = line.trim().split(/\s+/).map(Number)
    return numbers.length === 3 && numbers.every(Number.isInteger) ? [numbers as unknown as Range] : []
  })
}

/** A number of this machine's as the namespace counts; null where it has none for it. */
export function insideOf(ranges: readonly Range[], uid: number): number | null {
  const range = ranges.find(([, outside, count]) => uid >= outside && uid < outside + count)
  return range ? uid - range[1] + range[0] : null
}

/** Where a process's names come from: its root folder, and how its users are counted (null: as ours). */
interface View {
  mount: string
  key: string
  ranges: readonly Range[] | null
}

interface Table {
  /** null: this machine's own file, or none that can be read */
  names: Record<number, string> | null
  stamp: string
  /** read of its file */
  bytes: number
  readMs: number
  reading: boolean
  known: boolean
}

/** Puts `value` at the end of a map that holds no more than MOST. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > MOST) map.delete(map.keys().next().value as string)
}

function linkOf(path: string): string {
  return decodeBytes(readlinkSync(path, 'buffer'))
}

export class UsersInside {
  readonly #lane: Lane
  readonly #own: Record<number, string>
  readonly #here: { mount: string; root: string; users: string; rootFile: string }
  readonly #tables = new Map<string, Table>()
  /** of all tables */
  #bytes = 0
  readonly #ranges = new Map<string, Range[]>()
  /** the view of who was seen last in a container, by its group: for those that are gone already */
  readonly #byGroup = new Map<string, View>()

  /** `own`: this machine's names. */
  constructor(lane: Lane, own: Record<number, string>) {
    this.#lane = lane
    this.#own = own
    const root = statSync('/', { bigint: true })
    this.#here = {
      ...{ mount: linkOf('/proc/self/ns/mnt'), root: linkOf('/proc/self/root'), users: linkOf('/proc/self/ns/user') },
      rootFile: `${root.dev}:${root.ino}`,
    }
  }

  /**
   * What ProcessFact.user is to be: undefined where this machine's name is right, or nothing better is known; null: being read, ask again.
   * `contained`: its group is a container's, so that others in it are likely to have the same users.
   */
  nameOf(fact: ProcessFact, contained: boolean): string | undefined | null {
    const view = this.#viewOf(fact, contained)
    if (!view) return undefined
    const table = this.#tableOf(view, fact.pid)
    if (!table.known) return null
    const inside = view.ranges === null ? fact.uid : insideOf(view.ranges, fact.uid)
    if (inside === null || table.names === null) return undefined
    const name = table.names[inside]
    // Its number there is not the one that rules and filters take.
    if (name === undefined) return view.ranges === null && this.#own[fact.uid] !== undefined ? '' : undefined
    return name === this.#own[fact.uid] ? undefined : name
  }

  /** null: where we are. */
  #viewOf(fact: ProcessFact, contained: boolean): View | null {
    const { pid, cgroup } = fact
    const lastSeen = () => (contained && this.#byGroup.get(cgroup)) || null
    // An error takes longer than asking.
    if (!existsSync(`/proc/${pid}`)) return lastSeen()
    let view: View
    try {
      const mount = linkOf(`/proc/${pid}/ns/mnt`)
      const root = linkOf(`/proc/${pid}/root`)
      if (mount === this.#here.mount && root === this.#here.root) return null
      const identity = identityOf(pid)
      // The number may be somebody else's by now; the start is known to 10 ms there.
      if (!identity || Math.abs(identity.birth - Number(fact.id.split('.')[1])) > 1) throw new Error('it ended')
      view = { mount, key: `${mount} ${root}`, ranges: this.#rangesOf(pid) }
    } catch {
      return lastSeen()
    }
    if (contained) keep(this.#byGroup, cgroup, view)
    return view
  }

  #rangesOf(pid: number): Range[] | null {
    const users = linkOf(`/proc/${pid}/ns/user`)
    if (users === this.#here.users) return null
    const known = this.#ranges.get(users)
    if (known) return known
    const ranges = rangesIn(readStartSync(`/proc/${pid}/uid_map`, UID_MAP_BYTES).bytes.toString('latin1'))
    // It is written once, a little after the namespace is made.
    if (ranges.length > 0) keep(this.#ranges, users, ranges)
    return ranges
  }

  #tableOf(view: View, pid: number): Table {
    const table = this.#tables.get(view.key) ?? { names: null, stamp: '', bytes: 0, readMs: Number.NEGATIVE_INFINITY, reading: false, known: false }
    this.#tables.delete(view.key)
    this.#tables.set(view.key, table)
    this.#trim()
    if (table.reading || performance.now() - table.readMs < FRESH_MS) return table
    table.reading = true
    void this.#lane
      .run(() => this.#read(table, view, pid))
      .then(() => {
        table.reading = false
        table.readMs = performance.now()
        table.known = true
      })
    return table
  }

  /** Forgets the tables that were used longest ago until the rest are within the limits. */
  #trim(): void {
    for (const [key, table] of this.#tables) {
      if (this.#tables.size <= MOST && this.#bytes <= ALL_PASSWD_BYTES) return
      this.#tables.delete(key)
      this.#bytes -= table.bytes
      // One that is being read now is no longer counted.
      table.bytes = 0
    }
  }

  /** Changes the table only where `pid` was still the one meant when all was read. */
  async #read(table: Table, view: View, pid: number): Promise<void> {
    const base = `/proc/${pid}/root`
    const root = await stat(base, { bigint: true })
    const shared = `${root.dev}:${root.ino}` === this.#here.rootFile
    const read = shared ? null : await readBelow(base, ['etc', 'passwd'], PASSWD_BYTES, table.stamp)
    if (linkOf(`/proc/${pid}/ns/mnt`) !== view.mount || read === 'same') return
    if (this.#tables.get(view.key) !== table) return
    table.stamp = read?.stamp ?? ''
    const bytes = read?.bytes.length ?? 0
    this.#bytes += bytes - table.bytes
    table.bytes = bytes
    // The last line of a file that is longer may be cut within a number.
    table.names = read ? namesIn(read.cut ? read.bytes.toString('utf8').replace(/[^\n]*$/, '') : read.bytes.toString('utf8')) : null
  }
}
