/** What stands at a path now: its size, its growth, the file system below. Its file system may never answer: ask by a lane. */
import { lstat, statfs } from 'node:fs/promises'
import type { DirectoryNow, FileNow, MountNow, NothingNow, Target } from '../../batch/now.ts'
import { MOUNTINFO_BYTES, PASSWD_BYTES, readStart } from '../bounded-read.ts'
import { alsoAt, type MountLine, mountOf, mountsIn } from '../mount-text.ts'
import { pathBytes } from '../path-bytes.ts'
import { namesIn } from '../users.ts'
import { Growth, Trend } from './growth.ts'

/** Other paths of a file that are told. */
const MOST_ELSEWHERE = 3

/** Bytes of a unit of st_blocks. */
const BLOCK = 512

/** File systems whose inode numbers are not those that stat tells, so that another number proves nothing. */
const OTHER_NUMBERS = new Set(['overlay', 'ecryptfs', 'fuse', 'nfs', 'nfs4', 'cifs', 'smb3', '9p'])

/** Is what stands there the file of that id, `"dev:inode.generation"`? null: that cannot be told. */
export function isSame(id: string, inode: bigint, mount: Pick<MountLine, 'device' | 'fstype'> | null): boolean | null {
  const [device = '', rest = ''] = id.split(':')
  // stat's device is another on btrfs and overlayfs; that of the mount is what the kernel calls it.
  const same = rest.split('.')[0] === String(inode) && (mount === null || Number(device) === mount.device)
  if (same) return true
  return mount === null || OTHER_NUMBERS.has(mount.fstype.split('.')[0] ?? '') ? null : false
}

function whyNot({ code, message }: NodeJS.ErrnoException): NothingNow {
  const known: Record<string, string> = {
    ENOENT: 'nothing has this name here now',
    ENOTDIR: 'nothing has this name here now',
    EACCES: 'its directories may not be looked into',
    EPERM: 'its directories may not be looked into',
    ENAMETOOLONG: 'its path is too long to ask for',
    EIO: 'its file system fails (EIO)',
    ESTALE: 'its file system does not know it any more (ESTALE)',
  }
  return { of: 'nothing', why: known[code ?? ''] ?? `it cannot be looked at (${code ?? message})` }
}

/** By number, from a file like /etc/passwd; the number itself where there is no name. */
async function nameIn(path: string, id: bigint): Promise<string> {
  const text = await readStart(path, PASSWD_BYTES).then(
    ({ bytes }) => bytes.toString('utf8'),
    () => '',
  )
  return namesIn(text)[Number(id)] ?? String(id)
}

/** Asks about paths; what it remembers is how large things were. */
export class PathsNow {
  readonly #size = new Growth()
  readonly #used = new Trend()
  readonly #clock: () => number

  /** `clock`: ms, which only runs forward */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  async #mounts(): Promise<MountLine[]> {
    const text = await readStart('/proc/self/mountinfo', MOUNTINFO_BYTES).then(
      ({ bytes }) => bytes.toString('latin1'),
      () => '',
    )
    return mountsIn(text)
  }

  async #spaceOf(path: string, mount: MountLine | null): Promise<MountNow | null> {
    if (!mount) return null
    const { point, fstype, source, readOnly } = mount
    const counted = await statfs(pathBytes(path)).catch(() => null)
    if (!counted || counted.blocks === 0) return { point, fstype, source, readOnly, space: null }
    const { bsize, blocks, bfree, bavail } = counted
    const used = (blocks - bfree) * bsize
    const growth = this.#used.add(`${mount.device} ${point}`, this.#clock(), used)
    return { point, fstype, source, readOnly, space: { total: blocks * bsize, used, free: bavail * bsize, growth } }
  }

  /** A file. Never rejects. */
  async file({ id, path, deleted }: Extract<Target, { of: 'file' }>): Promise<FileNow | NothingNow> {
    if (deleted) return { of: 'nothing', why: 'it has no name any more: it is gone once nobody has it open' }
    try {
      const { ino, size, blocks, nlink, birthtimeNs, mode, uid, gid, mtimeMs, ctimeMs } = await lstat(pathBytes(path), { bigint: true })
      const mounts = await this.#mounts()
      const mount = mountOf(mounts, path)
      const same = isSame(id, ino, mount)
      // Its inode may be given to another at once; the time it was made tells them apart, where that is kept.
      const growth = this.#size.add(`${id} ${ino} ${birthtimeNs} ${path}`, this.#clock(), Number(size))
      const allocated = Number(blocks) * BLOCK
      const [owner, group] = [await nameIn('/etc/passwd', uid), await nameIn('/etc/group', gid)]
      const times = { mtimeMs: Number(mtimeMs), ctimeMs: Number(ctimeMs), askedMs: Date.now() }
      const facts = { links: Number(nlink), mode: Number(mode), owner, group, ...times }
      return {
        of: 'file',
        same,
        size: Number(size),
        allocated,
        growth,
        ...facts,
        mount: await this.#spaceOf(path, mount),
        alsoAt: alsoAt(mounts, path).slice(0, MOST_ELSEWHERE),
      }
    } catch (error) {
      return whyNot(error as NodeJS.ErrnoException)
    }
  }

  /** A directory. Never rejects. */
  async directory({ path }: { path: string }): Promise<DirectoryNow | NothingNow> {
    try {
      const found = await lstat(pathBytes(path))
      if (!found.isDirectory()) return { of: 'nothing', why: 'what has this name now is no directory' }
      return { of: 'directory', count: null, mount: await this.#spaceOf(path, mountOf(await this.#mounts(), path)) }
    } catch (error) {
      return whyNot(error as NodeJS.ErrnoException)
    }
  }
}
