/**
 * Files below a folder whose owner may be hostile: no symbolic link below it is followed (one in a container would be resolved here,
 * outside of it), only regular files are opened (a FIFO would hold us, a device might do something), and only so much is read.
 */
import { constants, type Dir } from 'node:fs'
import { type FileHandle, open, opendir } from 'node:fs/promises'

/** Opens nothing, but names it: node has no constant for it. */
const O_PATH = 0o10000000
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY } = constants

const below = (handle: FileHandle) => `/proc/self/fd/${handle.fd}`

/** The thing itself, not opened; each step starts at the one before, so nothing that is exchanged meanwhile leads elsewhere. */
async function reach(base: string, names: readonly string[]): Promise<FileHandle> {
  let at = await open(base, O_PATH | (names.length > 0 ? O_DIRECTORY : 0))
  for (const [i, name] of names.entries()) {
    const before = at
    try {
      at = await open(`${below(before)}/${name}`, O_PATH | O_NOFOLLOW | (i < names.length - 1 ? O_DIRECTORY : 0))
    } finally {
      await before.close()
    }
  }
  return at
}

/** A file's beginning, and a stamp that is another one when the file is. */
export interface Read {
  stamp: string
  bytes: Buffer
  /** there is more of it */
  cut: boolean
}

/**
 * At most `most` bytes of the regular file `names` below `base`. `base` itself is trusted, and links in it are followed. 'same' where its
 * stamp is `known`; null where there is no such file or it cannot be read.
 */
export async function readBelow(base: string, names: readonly string[], most: number, known?: string): Promise<Read | 'same' | null> {
  let thing: FileHandle | null = null
  let file: FileHandle | null = null
  try {
    thing = await reach(base, names)
    const stat = await thing.stat({ bigint: true })
    if (!stat.isFile()) return null
    const stamp = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`
    if (stamp === known) return 'same'
    file = await open(below(thing), O_RDONLY | O_NONBLOCK | O_NOCTTY)
    const bytes = Buffer.alloc(Math.min(most, Number(stat.size)))
    let used = 0
    while (used < bytes.length) {
      const { bytesRead } = await file.read(bytes, used, bytes.length - used, used)
      if (bytesRead === 0) break
      used += bytesRead
    }
    return { stamp, bytes: bytes.subarray(0, used), cut: stat.size > BigInt(used) }
  } catch {
    return null
  } finally {
    await file?.close()
    await thing?.close()
  }
}

/** JSON of such a file; null where it is none, or longer than `most` bytes. Whatever it says is to be looked at with care. */
export async function jsonBelow(base: string, names: readonly string[], most: number): Promise<unknown> {
  const read = await readBelow(base, names, most)
  if (read === null || read === 'same' || read.cut) return null
  try {
    return JSON.parse(read.bytes.toString('utf8'))
  } catch {
    return null
  }
}

/** The first name in the folder `names` below `base` that passes, of the first `most`; null where none does. */
export async function nameBelow(base: string, names: readonly string[], most: number, passes: (name: string) => boolean): Promise<string | null> {
  let thing: FileHandle | null = null
  let folder: Dir | null = null
  try {
    thing = await reach(base, names)
    folder = await opendir(below(thing), { bufferSize: 256 })
    for (let seen = 0; seen < most; seen++) {
      const entry = await folder.read()
      if (!entry) return null
      if (passes(entry.name)) return entry.name
    }
    return null
  } catch {
    return null
  } finally {
    await folder?.close()
    await thing?.close()
  }
}
