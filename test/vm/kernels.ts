/** Debian's kernels for the guests: fetched by apt with its signature check, unpacked once, kept in the user's cache. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Apt } from './apt.ts'
import { buildOverrideKernel } from './override.ts'

/** The kernels that are tested, and the suites they come from. */
export const KERNELS = {
  '5.10': ['bullseye', 'bullseye-security'],
  '6.1': ['bookworm', 'bookworm-security'],
  '6.12': ['trixie', 'trixie-security'],
  // The newest there is; called 7.2 after the one it was first tested with.
  '7.2': ['sid'],
} as const
export type KernelName = keyof typeof KERNELS

/** Those, and a small one that is built here. */
export type BootName = KernelName | 'override'

export interface Kernel {
  name: BootName
  /** as uname -r says it */
  release: string
  /** uncompressed ELF, booted through PVH: nothing is unpacked under emulation */
  vmlinux: string
  /** lib/modules/RELEASE below it, with modules.dep */
  folder: string
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fswatch-tui', 'kernels')
}

/** The ELF inside a bzImage: its payload is found by the compressor's magic number. */
function extractVmlinux(image: string, target: string): void {
  const bytes = readFileSync(image)
  const compressors: [magic: number[], command: string, args: string[]][] = [
    [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], 'xz', ['-dc']],
    [[0x28, 0xb5, 0x2f, 0xfd], 'zstd', ['-dc']],
    [[0x1f, 0x8b, 0x08], 'gzip', ['-dc']],
    [[0x02, 0x21, 0x4c, 0x18], 'lz4', ['-dc']],
  ]
  for (const [magic, command, args] of compressors) {
    const pattern = Buffer.from(magic)
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
      const out = openSync(target, 'w')
      try {
        execFileSync(command, args, { input: bytes.subarray(at), stdio: ['pipe', out, 'ignore'] })
      } catch {
        // Bytes after the payload make the compressor complain; what it wrote decides.
      }
      const head = Buffer.alloc(4)
      readSync(openSync(target, 'r'), head, 0, 4, 0)
      if (head.toString('latin1') === '\x7fELF') return
    }
  }
  throw new Error(`no kernel was found inside ${image}`)
}

/** Unpacks Debian's kernel into `root`. */
function fetchKernel(name: KernelName, work: string, root: string): void {
  const apt = new Apt(join(work, 'apt'), KERNELS[name])
  apt.run('apt-get', ['update'])
  const image = apt.depends('linux-image-amd64', /^linux-image-\d/)[0]
  if (!image) throw new Error(`Debian's linux-image-amd64 of ${KERNELS[name][0]} names no kernel`)
  // Newer kernels come in parts.
  const parts = apt.depends(image, /^linux-(binary|modules)-\d/)
  apt.run('apt-get', ['download', ...(parts.length > 0 ? parts : [image])], work)
  for (const deb of readdirSync(work).filter((file) => file.endsWith('.deb'))) execFileSync('dpkg-deb', ['-x', join(work, deb), root])
  // From 6.12 packages unpack to usr/lib.
  if (!existsSync(join(root, 'lib'))) symlinkSync('usr/lib', join(root, 'lib'))
  const release = readdirSync(join(root, 'lib/modules'))[0] as string
  const boot = join(root, 'boot', `vmlinuz-${release}`)
  extractVmlinux(existsSync(boot) ? boot : join(root, 'lib/modules', release, 'vmlinuz'), join(root, 'vmlinux'))
  execFileSync('depmod', ['-b', root, release])
  writeFileSync(join(root, 'release'), release)
}

/** Makes a kernel's folder aside and moves it, so that nobody sees half of it. */
function makeKernel(name: BootName, folder: string): void {
  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), `.fetch-${name}-`))
  const root = join(work, 'root')
  try {
    if (name === 'override') buildOverrideKernel(work, root)
    else fetchKernel(name, work, root)
    renameSync(root, folder)
  } catch (error) {
    // Somebody else may have been faster: their folder is as good.
    if (!existsSync(join(folder, 'release'))) throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function folderOf(name: BootName): string {
  return join(cacheFolder(), `linux-${name}`)
}

/** Is it ready, so that kernel() will return at once? */
export function isCached(name: BootName): boolean {
  return existsSync(join(folderOf(name), 'release'))
}

/**
 * A kernel ready to boot. The first call for each needs the network and half a minute, and for the one that is built some minutes;
 * later ones nothing. Throws a sentence.
 */
export function kernel(name: BootName): Kernel {
  const folder = folderOf(name)
  if (!isCached(name)) {
    console.error(
      name === 'override' ? 'guest: building a kernel with bpf_override_return (once, some minutes)' : `guest: fetching kernel ${name} from Debian (once)`,
    )
    makeKernel(name, folder)
  }
  return { name, release: readFileSync(join(folder, 'release'), 'utf8'), vmlinux: join(folder, 'vmlinux'), folder }
}

/** A file of ours in the cache, made anew where `make` says so: written aside and moved, so that nobody sees half of it. */
export function cached(file: string, fresh: boolean, make: (target: string) => void): string {
  const target = join(cacheFolder(), file)
  if (!fresh || !existsSync(target)) {
    const aside = `${target}.${process.pid}`
    make(aside)
    renameSync(aside, target)
  }
  return target
}
