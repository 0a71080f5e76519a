/** From anchored rules to the entries of the guard's maps: equal sets of rules share one chain. Pure. */
import type { Inode, InodeKey } from './bytes.ts'
import { guardLimits } from './layout.gen.ts'

/** A name in a directory; `leadsTo`: the inode number it led to when it was anchored, 0n for nothing. */
export interface Named {
  parent: Inode
  name: Uint8Array
  leadsTo: bigint
}

/** A component of a rule's path, for the ways that walk paths as text: what `name` leads to from `parent`; ".." leads back. */
export interface Edge {
  parent: Inode
  name: Uint8Array
  child: Inode
}

/** Where one rule is anchored. */
export interface Anchoring {
  /** inodes it holds for themselves */
  files: Inode[]
  /** directories it holds for with all below */
  trees: Inode[]
  /** files by directory and name, whether they exist or not */
  named: Named[]
  /** base names anywhere */
  names: Uint8Array[]
  /** ends of names anywhere */
  suffixes: Uint8Array[]
  /** empty where the kernel resolves paths for us */
  edges: Edge[]
}

export const NOWHERE: Anchoring = { files: [], trees: [], named: [], names: [], suffixes: [], edges: [] }

/** A place, and the indexes of the rules anchored there. */
export interface Entry<Place> {
  place: Place
  rules: number[]
}

export interface InodeEntry {
  inode: Inode
  files: number[]
  trees: number[]
  named: boolean
  /** the guard has given it rules, when it got a second name */
  marked?: boolean
}

export interface Tables {
  inodes: Map<string, InodeEntry>
  named: Map<string, Entry<Named>>
  names: Map<string, Entry<Uint8Array>>
  suffixes: Map<string, Entry<Uint8Array>>
  edges: Map<string, Edge>
  /** all tree rules of a device */
  devices: Map<number, number[]>
}

export function inodeId({ dev, ino, subvolume }: InodeKey): string {
  return `${dev}:${ino}:${subvolume}`
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function addTo<Key, Place>(map: Map<Key, Entry<Place>>, key: Key, place: Place, index: number): void {
  const entry = map.get(key)
  if (entry) entry.rules.push(index)
  else map.set(key, { place, rules: [index] })
}

/** Collects what each place must hold. `anchored` by rule index, in the order rules were armed: of several refusals the first counts. Throws a sentence where more than CHAIN_RULES name one object. */
export function tablesOf(anchored: Iterable<[number, Anchoring]>): Tables {
  const tables: Tables = { inodes: new Map(), named: new Map(), names: new Map(), suffixes: new Map(), edges: new Map(), devices: new Map() }
  const at = (inode: Inode): InodeEntry => {
    const id = inodeId(inode)
    let entry = tables.inodes.get(id)
    if (!entry) {
      entry = { inode, files: [], trees: [], named: false }
      tables.inodes.set(id, entry)
    }
    // Two inodes have one number, as on overlayfs and in subvolumes that are not known: the rules of each hold for both, so that none is missed.
    if (entry.inode.generation !== inode.generation) entry.inode = { ...inode, generation: null }
    return entry
  }
  for (const [index, { files, trees, named, names, suffixes, edges }] of anchored) {
    for (const edge of edges) tables.edges.set(`${inodeId(edge.parent)}/${hex(edge.name)}`, edge)
    for (const inode of files) {
      const entry = at(inode)
      // Files that took the place of each other can have one number.
      if (!entry.files.includes(index)) entry.files.push(index)
    }
    for (const inode of trees) {
      at(inode).trees.push(index)
      const device = tables.devices.get(inode.dev) ?? []
      if (!device.includes(index)) tables.devices.set(inode.dev, [...device, index])
    }
    for (const place of named) {
      at(place.parent).named = true
      addTo(tables.named, `${inodeId(place.parent)}/${hex(place.name)}`, place, index)
    }
    for (const name of names) addTo(tables.names, hex(name), name, index)
    for (const suffix of suffixes) addTo(tables.suffixes, hex(suffix), suffix, index)
  }
  refuseTooMany(tables)
  return tables
}

/** The kernel side goes through so many rules of an object and no further: one more would not hold. (A device's list is cut instead.) */
function refuseTooMany({ inodes, named, names, suffixes }: Tables): void {
  const sets = [
    ...[...inodes.values()].flatMap(({ files, trees }) => [files, trees]),
    ...[named, names, suffixes].flatMap((places) => [...places.values()].map(({ rules }) => rules)),
  ]
  if (sets.some((rules) => rules.length > guardLimits.CHAIN_RULES))
    throw new Error(`at most ${guardLimits.CHAIN_RULES} rules can name the same file, directory or name: disarm one first`)
}

/** Which devices rules are about: bit n for those whose number ends in the six bits n. A name alone is about all. */
export function devicesOf(tables: Tables): bigint {
  if (tables.names.size > 0 || tables.suffixes.size > 0) return 0xffff_ffff_ffff_ffffn
  let bits = 0n
  for (const { inode } of tables.inodes.values()) bits |= 1n << BigInt(inode.dev & 63)
  return bits
}

/** Numbers for distinct sets of rules, from `first` on; 0 is the empty set. */
export class Chains {
  readonly #first: number
  readonly #limit: number
  #ids = new Map<string, number>()
  /** the sets, by number */
  readonly sets = new Map<number, number[]>()

  constructor(first: number, limit: number) {
    this.#first = first
    this.#limit = limit
  }

  /** Has this set a number? */
  has(rules: number[]): boolean {
    return this.#ids.has([...new Set(rules)].sort((a, b) => a - b).join())
  }

  /** Throws a sentence where there is no number left. */
  of(rules: number[]): number {
    if (rules.length === 0) return 0
    const sorted = [...new Set(rules)].sort((a, b) => a - b)
    const key = sorted.join()
    let id = this.#ids.get(key)
    if (id === undefined) {
      if (this.#ids.size >= this.#limit) throw new Error(`there are more than ${this.#limit} different sets of rules on files: use fewer rules`)
      id = this.#first + this.#ids.size
      this.#ids.set(key, id)
      this.sets.set(id, sorted)
    }
    return id
  }
}
