/** File systems on which a quota refuses: the kernel part refuses exchanges of contents there (bpf/quota_volume.h). */
import type { BpfObject } from '../addon.ts'
import { u32Bytes } from '../guard/bytes.ts'

/** A quota and its file system. */
export interface OnVolume {
  index: number
  /** s_dev of its directory */
  dev: number
  /** false: it refuses nothing and never will, as in a dry run */
  refuses: boolean
}

/** The kernel part's table of them. */
export class Volumes {
  readonly #object: Pick<BpfObject, 'update' | 'delete'>
  /** by device: the index of a quota there that refuses */
  #written = new Map<number, number>()

  constructor(object: Pick<BpfObject, 'update' | 'delete'>) {
    this.#object = object
  }

  /** Writes the devices of the quotas that refuse. The entry of a device is replaced, and never missing meanwhile. Throws BpfError. */
  set(quotas: Iterable<OnVolume>): void {
    const wanted = new Map<number, number>()
    for (const { index, dev, refuses } of quotas) if (refuses && !wanted.has(dev)) wanted.set(dev, index)
    for (const [dev, index] of wanted) if (this.#written.get(dev) !== index) this.#object.update('quota_volumes', u32Bytes(dev), u32Bytes(index + 1))
    for (const dev of this.#written.keys()) if (!wanted.has(dev)) this.#object.delete('quota_volumes', u32Bytes(dev))
    this.#written = wanted
  }
}
