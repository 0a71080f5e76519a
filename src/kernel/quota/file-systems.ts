/** What a quota has to know of the file system it is on, by the number that statfs tells (linux/magic.h). */
import { statfsSync } from 'node:fs'
import { pathBytes } from '../path-bytes.ts'

/** NFS_SUPER_MAGIC: its client keeps what is deleted and open under a name (.nfs…), and inodes for long after they are gone. */
const NFS = 0x6969

/** These hold no files that somebody stored: what they show has made-up sizes, or none. */
const MADE_UP = new Map<number, string>([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x27e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0x64626720, 'debugfs'],
  [0x74726163, 'tracefs'],
  [0xcafe4a11, 'bpf'],
  [0x1cd1, 'devpts'],
  [0x73636673, 'securityfs'],
  [0x62656570, 'configfs'],
  [0x6165676c, 'pstore'],
  [0xde5e81e4, 'efivarfs'],
  [0x187, 'autofs'],
  [0x19800202, 'mqueue'],
  [0x42494e4d, 'binfmt_misc'],
  [0x65735543, 'fusectl'],
  [0x6e736673, 'nsfs'],
  [0xf97cff8c, 'selinuxfs'],
])

const typeOf = (path: string) => statfsSync(pathBytes(path)).type

export function isNfs(path: string): boolean {
  return typeOf(path) === NFS
}

/** Does a file system of that name hold nothing that somebody stored? */
export function isMadeUp(fstype: string): boolean {
  return [...MADE_UP.values()].includes(fstype)
}

/** Throws a sentence where no quota can be. */
export function refuseMadeUp(path: string): void {
  const type = MADE_UP.get(typeOf(path))
  if (type !== undefined) throw new Error(`${path} is no place for a quota: ${type} makes up what it shows, and nothing is stored there`)
}
