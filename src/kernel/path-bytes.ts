/** Paths as the file system has them: bytes, which need not be UTF-8. */
import { realpathSync } from 'node:fs'
import { decodeBytes, encodeBytes } from '../text/bytes.ts'

/** A path for a call of node:fs. */
export function pathBytes(path: string): Buffer {
  return Buffer.from(encodeBytes(path))
}

/** The path without symbolic links, as realpath(3) has it; null where it leads nowhere. May wait for a file system. */
export function realPath(path: string): string | null {
  try {
    return decodeBytes(realpathSync(pathBytes(path), { encoding: 'buffer' }))
  } catch {
    return null
  }
}
