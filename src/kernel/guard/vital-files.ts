/** Files that the machine cannot do without: found on this machine, under all names and inodes by which a rule can cover them. */
import { closeSync, openSync, readdirSync, readlinkSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { decodeBytes } from '../../text/bytes.ts'
import { COMM_BYTES, kernelText, MAPS_BYTES, MOUNTINFO_BYTES, PASSWD_BYTES } from '../bounded-read.ts'
import { mountsIn } from '../mount-text.ts'
import { pathBytes } from '../path-bytes.ts'

/** A rule's object, as the rule language says it. */
interface Target {
  kind: 'file' | 'tree' | 'name' | 'suffix'
  text: string
}

/** Whole file systems that programs and logins need, by their type. */
const VITAL_FILE_SYSTEMS: ReadonlySet<string> = new Set(['proc', 'sysfs', 'bpf', 'devpts', 'cgroup', 'cgroup2', 'securityfs', 'tracefs', 'debugfs'])

/** The same by their place, also where they are not mounted; and all of /dev that a rule could take at once. */
const VITAL_TREES = ['/proc', '/sys', '/dev/pts']
const VITAL_DIRECTORIES = ['/', '/proc', '/sys', '/dev']

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'console', 'ptmx'].map((name) => `/dev/${name}`)

const SSHD = [
  ...['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/sbin/dropbear'],
  ...['openssh', 'ssh'].flatMap((folder) => ['lib', 'libexec'].flatMap((lib) => ['sshd-session', 'sshd-auth'].map((name) => `/usr/${lib}/${folder}/${name}`))),
]

/** The libraries that every dynamic program maps: glibc's and musl's, and their loaders. */
const LIBRARY = /\/(ld-[^/]*\.so[^/]*|ld64?\.so[^/]*|libc[.-][^/]*so[^/]*)$/

/** null: it cannot be read. */
function tried<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

const [HEADER_BYTES, PT_INTERP, TABLE_BYTES, PATH_BYTES] = [64, 3, 4096, 4096]

/** The path of the dynamic loader that an ELF file names (PT_INTERP); null: none, it is static or no ELF file. */
export function interpreterOf(path: string): string | null {
  const file = openSync(path, 'r')
  try {
    const read = (at: number, length: number) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, at))
    }
    const header = read(0, HEADER_BYTES)
    if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== 0x7f454c46) return null
    const [is64, isLittle] = [header[4] === 2, header[5] === 1]
    const u16 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
    const u32 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
    const word = (bytes: Buffer, at: number) => (is64 ? Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : u32(bytes, at))
    const [size, count] = [u16(header, is64 ? 54 : 42), u16(header, is64 ? 56 : 44)]
    const table = read(word(header, is64 ? 32 : 28), Math.min(TABLE_BYTES, size * count))
    for (let at = 0; at + (is64 ? 56 : 32) <= table.length; at += size) {
      if (u32(table, at) !== PT_INTERP) continue
      const text = read(word(table, at + (is64 ? 8 : 4)), Math.min(PATH_BYTES, word(table, at + (is64 ? 32 : 16))))
      return text.toString('latin1').replace(/\0.*$/s, '')
    }
    return null
  } finally {
    closeSync(file)
  }
}

/** Files that a process has mapped and that `LIBRARY` names. */
function mappedLibraries(pid: string): string[] {
  const maps = kernelText(`/proc/${pid}/maps`, MAPS_BYTES) ?? ''
  return [...new Set(maps.split('\n').map((line) => /\/.*$/.exec(line)?.[0] ?? ''))].filter((path) => LIBRARY.test(path))
}

/** Programs of processes that are called sshd. */
function runningSshds(): string[] {
  const pids = (tried(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name))
  const sshds = pids.filter((pid) => kernelText(`/proc/${pid}/comm`, COMM_BYTES)?.startsWith('sshd'))
  return [...new Set(sshds.flatMap((pid) => tried(() => readlinkSync(`/proc/${pid}/exe`)) ?? []))]
}

function shells(): string[] {
  const listed = (kernelText('/etc/shells', PASSWD_BYTES) ?? '').split('\n').map((line) => line.trim())
  const users = (kernelText('/etc/passwd', PASSWD_BYTES) ?? '').split('\n').map((line) => line.split(':'))
  const ofRoot = users.filter(([, , uid]) => uid === '0').map((fields) => fields[6] ?? '')
  return [...new Set(['/bin/sh', process.env.SHELL ?? '', ...listed, ...ofRoot])].filter((path) => path.startsWith('/') && !/\/(false|nologin)$/.test(path))
}

/** What tells a file from all others. */
function keyOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/** null: it leads nowhere. */
function statOf(path: string): Stats | null {
  return tried(() => statSync(pathBytes(path), { throwIfNoEntry: false })) ?? null
}

/** How long an answer of the file system is taken for true, ms: a policy has thousands of rules on few directories. */
const FRESH_MS = 1000

const reals = new Map<string, string>()
let realsMs = 0

/** A path without links; of one that leads nowhere, as far as it leads. */
function real(path: string): string {
  const nowMs = performance.now()
  if (nowMs - realsMs > FRESH_MS) {
    reals.clear()
    realsMs = nowMs
  }
  const known = reals.get(path)
  if (known !== undefined) return known
  const parent = dirname(path)
  const native = () => decodeBytes(realpathSync.native(pathBytes(path) as unknown as string, { encoding: 'buffer' }) as unknown as Buffer)
  const found = statOf(path) ? tried(native) : null
  const resolved = found ?? (parent === path ? path : join(real(parent), basename(path)))
  reals.set(path, resolved)
  return resolved
}

let mounted: { mounts: readonly { point: string; fstype: string }[]; atMs: number } | null = null

/** Where things are mounted. A file system of another machine or program holds no vital file, and one that does not answer would block for ever. */
function localMounts(): readonly { point: string; fstype: string }[] {
  const nowMs = performance.now()
  if (mounted && nowMs - mounted.atMs < FRESH_MS) return mounted.mounts
  const mounts = mountsIn(kernelText('/proc/self/mountinfo', MOUNTINFO_BYTES) ?? '')
  const local = mounts.filter(({ fstype }) => !/^(nfs4?|cifs|smb3?|ceph|afs|autofs|fuse(\..*)?)$/.test(fstype))
  mounted = { mounts: local, atMs: nowMs }
  return local
}

/** Is `path` the folder, or below it? */
function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`)
}

/** The vital files as they are now. Found once and asked often: finding reads some hundred small files. */
export class VitalFiles {
  /** what a path is, in words */
  readonly #paths = new Map<string, string>()
  /** the same of an inode; of a directory, what lies below it */
  readonly #files = new Map<string, string>()
  readonly #folders = new Map<string, string>()
  /** st_dev of whole file systems */
  readonly #devices = new Map<number, string>()

  constructor() {
    this.#addFileSystems()
    const init = tried(() => readlinkSync('/proc/1/exe'))
    if (init !== null) this.#add(init, 'init')
    const programs = [process.execPath, ...(init === null ? [] : [init]), ...shells()]
    for (const program of programs) {
      const loader = tried(() => interpreterOf(program))
      if (loader) this.#add(loader, 'the dynamic loader')
    }
    for (const path of [...mappedLibraries('self'), ...mappedLibraries('1')]) this.#add(path, /\/libc[.-]/.test(path) ? 'libc' : 'the dynamic loader')
    for (const path of shells()) this.#add(path, 'a shell')
    for (const path of [...SSHD, ...runningSshds()]) this.#add(path, 'sshd')
    for (const path of DEVICES) this.#add(path, 'a device that all programs use')
  }

  #addFileSystems(): void {
    for (const { point, fstype } of localMounts()) {
      if (!VITAL_FILE_SYSTEMS.has(fstype)) continue
      const found = statOf(point)
      if (found) this.#devices.set(found.dev, point)
    }
  }

  /** A file that exists, under the name it was found by, the name in its real directory, and its real name. */
  #add(path: string, what: string): void {
    const found = statOf(path)
    if (!found) return
    const words = `${what} (${real(path)})`
    if (!this.#files.has(keyOf(found))) this.#files.set(keyOf(found), words)
    for (const name of new Set([path, `${real(dirname(path))}/${basename(path)}`, real(path)])) {
      if (!this.#paths.has(name)) this.#paths.set(name, words)
      for (let folder = dirname(name); ; folder = dirname(folder)) {
        const stat = statOf(folder)
        if (stat && !this.#folders.has(keyOf(stat))) this.#folders.set(keyOf(stat), words)
        if (folder === '/') break
      }
    }
  }

  /** The first vital file or file system that a rule's object covers, in words; null: none. */
  in({ kind, text }: Target): string | null {
    switch (kind) {
      case 'name':
        return this.#named((name) => name === text)
      case 'suffix':
        return this.#named((name) => name.endsWith(text))
      case 'file':
        return this.#file(text)
      case 'tree':
        return this.#tree(text)
    }
  }

  #named(is: (name: string) => boolean): string | null {
    for (const [path, words] of this.#paths) if (is(basename(path))) return words
    return null
  }

  #fileSystem(path: string): string | null {
    const found = statOf(path)
    const point = found ? this.#devices.get(found.dev) : undefined
    const folder = point ?? VITAL_TREES.find((tree) => isBelow(path, tree) || isBelow(real(path), tree))
    return folder === undefined ? null : `a part of ${folder}`
  }

  #file(path: string): string | null {
    if (VITAL_DIRECTORIES.includes(real(path))) return real(path)
    const found = statOf(path)
    const known = this.#paths.get(path) ?? this.#paths.get(real(path)) ?? (found && this.#files.get(keyOf(found)))
    return known ?? this.#fileSystem(path)
  }

  /** By inode too: a directory may be reached by a link or a bind mount, and a mount below it belongs to the tree. */
  #tree(path: string): string | null {
    const root = real(path)
    if (root === '/') return 'all files of the machine'
    if (VITAL_DIRECTORIES.includes(root)) return root
    for (const [vital, words] of this.#paths) if (isBelow(vital, path) || isBelow(vital, root)) return words
    const mounts = localMounts().map(({ point }) => point)
    for (const folder of [root, ...mounts.filter((point) => point !== root && isBelow(point, root))]) {
      const found = statOf(folder)
      const below = found ? this.#folders.get(keyOf(found)) : undefined
      const vital = below ?? this.#fileSystem(folder)
      if (vital) return vital
    }
    return null
  }
}
