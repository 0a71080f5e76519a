/** Where file systems are mounted: names paths that the kernel side could only follow to the root of a file system. */
import { MOUNTINFO_BYTES, readStartSync } from './bounded-read.ts'
import { type MountLine, mountsIn } from './mount-text.ts'

type Mount = Pick<MountLine, 'root' | 'point'>

/** The mounts of this process's namespace, re-read at most once a second. */
export class Mounts {
  #byDevice = new Map<number, Mount[]>()
  #readAt = Number.NEGATIVE_INFINITY

  #refresh(): void {
    if (performance.now() - this.#readAt < 1000) return
    this.#readAt = performance.now()
    this.#byDevice.clear()
    for (const { device, root, point } of Mounts.list()) {
      const mounts = this.#byDevice.get(device) ?? []
      mounts.push({ root, point })
      this.#byDevice.set(device, mounts)
    }
  }

  /** A path from the root of file system `device` (s_dev), as seen through one of its mounts; null where it is not mounted here. */
  locate(device: number, path: string): string | null {
    this.#refresh()
    for (const { root, point } of this.#byDevice.get(device) ?? []) {
      if (root === '/') return point === '/' ? path : point + path
      if (path === root || path.startsWith(`${root}/`)) return point + path.slice(root.length)
    }
    return null
  }

  /** Where something is mounted below `path` (absolute, resolved). */
  below(path: string): Set<string> {
    this.#refresh()
    const inside = path === '/' ? path : `${path}/`
    const points = [...this.#byDevice.values()].flatMap((mounts) => mounts.map(({ point }) => point))
    return new Set(points.filter((point) => point.startsWith(inside) && point !== path))
  }

  /** All mounts of this process's namespace, in the order of mountinfo. */
  static list(): MountLine[] {
    return mountsIn(readStartSync('/proc/self/mountinfo', MOUNTINFO_BYTES).bytes.toString('latin1'))
  }

  /** s_dev of the file system that `path` (absolute, resolved) lies on. st_dev is no help: btrfs and overlayfs invent it. */
  deviceOf(path: string): number | null {
    this.#refresh()
    let best: { length: number; device: number } | null = null
    for (const [device, mounts] of this.#byDevice) {
      for (const { point } of mounts) {
        const inside = point === '/' || path === point || path.startsWith(`${point}/`)
        if (inside && (!best || point.length >= best.length)) best = { length: point.length, device }
      }
    }
    return best?.device ?? null
  }
}
