/** Counts what lies below a directory, as the kernel side counts it: sizes of regular files, rounded up to blocks. */
import { lstat, readdir } from 'node:fs/promises'
import { DeepPath } from '../deep-path.ts'
import { pathBytes } from '../path-bytes.ts'
import { quotaNumbers } from './layout.gen.ts'

export interface Usage {
  bytes: number
  /** files, directories and other names' inodes, the directory itself not */
  inodes: number
  /** what could not be looked at, at most 10 of them */
  failed: string[]
}

export interface CountOptions {
  /** ends the count: it rejects with the signal's reason */
  signal?: AbortSignal
  /** called now and then */
  onProgress?: (soFar: Usage) => void
  /** directories looked at, at the same time: more where a server's answers can overlap, one to disturb nobody */
  atOnce: number
  /** names looked at, at the same time, in each of them; 64 */
  together?: number
  /** waited for after each of those: the place to rest, or to give the signal */
  between?: (soFar: Usage) => Promise<void>
  /** is something else mounted there? It is left out */
  isMountPoint: (path: Buffer) => boolean
  /** told the number of every inode that is counted */
  onInode?: (ino: bigint) => void
}

export function blocks(size: number): number {
  return Math.ceil(size / quotaNumbers.QUOTA_BLOCK) * quotaNumbers.QUOTA_BLOCK
}

/** Walks a directory. What goes while it is walked is left out; what cannot be read is named. */
export async function countUsage(directory: string | Buffer, options: CountOptions): Promise<Usage> {
  const usage: Usage = { bytes: 0, inodes: 0, failed: [] }
  const linked = new Set<string>()
  const waiting = [DeepPath.of(typeof directory === 'string' ? pathBytes(directory) : directory)]
  let running = 0

  const fail = (path: Buffer, error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && usage.failed.length < 10) usage.failed.push(`${path.toString()}: ${error.code ?? error.message}`)
  }

  const look = async (folder: DeepPath, name: Buffer): Promise<void> => {
    const path = folder.name(name)
    try {
      const stats = await lstat(path, { bigint: true })
      if (stats.isDirectory()) {
        usage.inodes++ // of a mount, the directory below it
        options.onInode?.(stats.ino)
        if (!folder.isWhole || !options.isMountPoint(path)) waiting.push(folder.child(name))
        return
      }
      // Hard links once.
      if (stats.nlink > 1n) {
        const id = `${stats.dev} ${stats.ino}`
        if (linked.has(id)) return
        linked.add(id)
      }
      usage.inodes++
      options.onInode?.(stats.ino)
      if (stats.isFile()) usage.bytes += blocks(Number(stats.size))
    } catch (error) {
      fail(path, error as NodeJS.ErrnoException)
    }
  }

  const list = async (found: DeepPath): Promise<void> => {
    let folder = found
    try {
      folder = await found.shortened()
      const names = await readdir(folder.path, { encoding: 'buffer' })
      const { together = 64 } = options
      for (let i = 0; i < names.length; i += together) {
        options.signal?.throwIfAborted()
        await Promise.all(names.slice(i, i + together).map((name) => look(folder, name)))
        await options.between?.(usage)
      }
    } catch (error) {
      options.signal?.throwIfAborted()
      fail(folder.path, error as NodeJS.ErrnoException)
    } finally {
      folder.done()
    }
  }

  await new Promise<void>((resolve, reject) => {
    const next = () => {
      if (options.signal?.aborted) return reject(options.signal.reason)
      options.onProgress?.(usage)
      if (waiting.length === 0 && running === 0) return resolve()
      while (running < options.atOnce) {
        const folder = waiting.pop()
        if (!folder) break
        running++
        list(folder)
          .then(() => {
            running--
            next()
          })
          .catch(reject)
      }
    }
    next()
  })
  return usage
}
