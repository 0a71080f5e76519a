/**
 * Writes a set of tables into the guard's maps without a moment in which a rule does not hold: new chains go into the half that is
 * not in use, then each anchor is turned to them, then what is left over is deleted.
 */
import type { BpfObject } from '../addon.ts'
import { fileKey } from '../layout.gen.ts'
import { TimeSlices } from '../time-slices.ts'
import { type Inode, u32Bytes } from './bytes.ts'
import { anchor, guardLimits } from './layout.gen.ts'
import { Chains, inodeId, type Tables } from './tables.ts'

/** How places become bytes. */
export interface Encoders {
  anchor(fields: { fileChain: number; treeChain: number; named: boolean; generation: number | null; marked?: boolean | undefined }): Uint8Array
  chain(rules: number[]): Uint8Array
  inode(inode: { dev: number; ino: bigint }): Uint8Array
  named(parent: { dev: number; ino: bigint }, name: Uint8Array): Uint8Array
  namedValue(chain: number, leadsTo: bigint): Uint8Array
  suffix(suffix: Uint8Array): Uint8Array
}

/** Half of the chains, less the empty one and the self-test's. */
const HALF = guardLimits.CHAINS / 2 - 1

type Maps = 'edges' | 'anchors' | 'named' | 'names' | 'suffixes' | 'trees_of_device'

/** By the place's id: key and value. */
type Entries = Record<Maps, Map<string, [Uint8Array, Uint8Array]>>

const noEntries = (): Entries => ({ edges: new Map(), anchors: new Map(), named: new Map(), names: new Map(), suffixes: new Map(), trees_of_device: new Map() })

function entriesOf(tables: Tables, chains: Chains, encode: Encoders): Entries {
  const entries = noEntries()
  const chain = (rules: number[]) => u32Bytes(chains.of(rules))
  for (const [id, { inode, files, trees, named, marked }] of tables.inodes) {
    const value = encode.anchor({ fileChain: chains.of(files), treeChain: chains.of(trees), named, generation: inode.generation, marked })
    entries.anchors.set(id, [encode.inode(inode), value])
  }
  for (const [id, { place, rules }] of tables.named)
    entries.named.set(id, [encode.named(place.parent, place.name), encode.namedValue(chains.of(rules), place.leadsTo)])
  for (const [id, { place, rules }] of tables.names) entries.names.set(id, [place, chain(rules)])
  for (const [id, { place, rules }] of tables.suffixes) entries.suffixes.set(id, [encode.suffix(place), chain(rules)])
  for (const [id, { parent, name, child }] of tables.edges) entries.edges.set(id, [encode.named(parent, name), encode.inode(child)])
  for (const [device, rules] of tables.devices) entries.trees_of_device.set(String(device), [u32Bytes(device), chain(rules)])
  return entries
}

export class Writer {
  readonly #object: BpfObject
  #written = noEntries()
  #tables: Tables | null = null
  #chains = new Chains(1, HALF)
  /** those of the other half, which the kernel may have read while they were replaced */
  #before = new Chains(1 + HALF, HALF)
  readonly #slices = new TimeSlices()
  /** advanced with each set */
  generation = 1n

  constructor(object: BpfObject) {
    this.#object = object
  }

  /** Throws a sentence where a table is full; what was armed before then still holds. */
  async write(tables: Tables, encode: Encoders): Promise<void> {
    const chains = new Chains(this.generation % 2n === 0n ? 1 : 1 + HALF, HALF)
    const linked = await this.#linked(tables, chains)
    const entries = entriesOf(tables, chains, encode)
    for (const [id, rules] of chains.sets) this.#object.update('chains', u32Bytes(id), encode.chain(rules))
    const maps = Object.keys(entries) as Maps[]
    for (const map of maps) {
      for (const [key, value] of entries[map].values()) {
        await this.#slices.rest()
        this.#object.update(map, key, value)
      }
    }
    for (const [key, value] of linked.values()) this.#object.update('anchors', key, value)
    for (const map of maps)
      for (const [id, [key]] of this.#written[map]) if (!entries[map].has(id) && !(map === 'anchors' && linked.has(id))) this.#object.delete(map, key)
    this.#written = entries
    this.#tables = tables
    this.#before = this.#chains
    this.#chains = chains
    this.generation++
  }

  /** Adds files to those of a rule. False where some of them have other rules as well, which only a whole set of tables can say. */
  extend(index: number, files: readonly Inode[], encode: Pick<Encoders, 'anchor' | 'chain' | 'inode'>): boolean {
    const fresh = files.filter((inode) => !this.#tables?.inodes.get(inodeId(inode))?.files.includes(index))
    if (fresh.length === 0) return true
    const isNew = !this.#chains.has([index])
    const chain = this.#chains.of([index])
    if (isNew) this.#object.update('chains', u32Bytes(chain), encode.chain([index]))
    let all = true
    for (const inode of fresh) {
      const id = inodeId(inode)
      const key = encode.inode(inode)
      // Or the guard gave it the rules of another place, when it got a second name.
      if (this.#written.anchors.has(id) || this.#object.lookup('anchors', key)) {
        all = false
        continue
      }
      const value = encode.anchor({ fileChain: chain, treeChain: 0, named: false, generation: inode.generation })
      this.#object.update('anchors', key, value)
      this.#written.anchors.set(id, [key, value])
    }
    return all
  }

  /** Marks the guard made itself when a covered file was linked: they keep those of their rules that are still armed. */
  async #linked(tables: Tables, chains: Chains): Promise<Map<string, [Uint8Array, Uint8Array]>> {
    const { count, keys, values } = await this.#object.lookupBatch('anchors')
    const armed = new Set(
      [...tables.inodes.values(), ...tables.named.values()].flatMap((entry) => ('rules' in entry ? entry.rules : [...entry.files, ...entry.trees])),
    )
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
    const kept = new Map<string, [Uint8Array, Uint8Array]>()
    for (let i = 0; i < count; i++) {
      const at = i * fileKey.size
      const [dev, subvolume] = [view.getUint32(at + fileKey.dev, true), view.getUint32(at + fileKey.generation, true)]
      const id = inodeId({ dev, ino: view.getBigUint64(at + fileKey.ino, true), subvolume })
      const entry = tables.inodes.get(id)
      const key = keys.slice(at, at + fileKey.size)
      const value = values.slice(i * anchor.size, (i + 1) * anchor.size)
      const fields = new DataView(value.buffer)
      const isMark = fields.getUint32(anchor.marked, true) !== 0
      if (!isMark && (entry || this.#written.anchors.has(id))) continue
      const marked = fields.getUint32(anchor.fileChain, true)
      const rules = (this.#chains.sets.get(marked) ?? this.#before.sets.get(marked) ?? []).filter((index) => armed.has(index))
      // A file that was linked has the number of one that a rule named: the rules of each hold for both.
      if (entry) {
        if (rules.length === 0) continue
        entry.files = [...new Set([...entry.files, ...rules])].slice(0, guardLimits.CHAIN_RULES)
        entry.marked = true
        if (entry.inode.generation !== fields.getUint32(anchor.generation, true)) entry.inode = { ...entry.inode, generation: null }
        continue
      }
      if (rules.length === 0) this.#object.delete('anchors', key)
      else {
        fields.setUint32(anchor.fileChain, chains.of(rules), true)
        kept.set(id, [key, value])
      }
    }
    return kept
  }
}
