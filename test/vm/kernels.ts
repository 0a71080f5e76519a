/** Debian's kernels for the guests: fetched by apt with its signature check, unpacked once, kept in the user's cache. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The kernels that are tested, and the suites they come from. */
export const KERNELS = {
  '5.10': ['bullseye', 'bullseye-security'],
  '6.1': ['bookworm', 'bookworm-security'],
  '6.12': ['trixie', 'trixie-security'],
  // The newest there is; called 7.2 after the one it was first tested with.
  '7.2': ['sid'],
} as const
export type KernelName = keyof typeof KERNELS

export interface Kernel {
  name: KernelName
  /** as uname -r says it */
  release: string
  /** uncompressed ELF, booted through PVH: nothing is unpacked under emulation */
  vmlinux: string
  /** lib/modules/RELEASE below it, with modules.dep */
  folder: string
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fswatch-tui', 'kernels')
}

/** Values of a field in a deb822 stanza, folded lines included. */
function field(stanza: string, name: string): string[] {
  const match = new RegExp(`^${name}:((?:.*)(?:\\n[ \\t]+.*)*)`, 'im').exec(stanza)
  return match?.[1]?.trim().split(/\s+/) ?? []
}

/** This machine's own Debian mirrors: the one of the main archive and the one of security updates. */
export function mirrors(folder = '/etc/apt'): { main: string; security: string } {
  const found: { uri: string; suites: string[] }[] = []
  const files = [
    join(folder, 'sources.list'),
    ...(existsSync(join(folder, 'sources.list.d')) ? readdirSync(join(folder, 'sources.list.d')).map((name) => join(folder, 'sources.list.d', name)) : []),
  ]
  for (const file of files.filter((name) => existsSync(name))) {
    const text = readFileSync(file, 'utf8').replace(/^\s*#.*\n?/gm, '')
    if (file.endsWith('.sources')) {
      for (const stanza of text.split(/\n\s*\n/)) for (const uri of field(stanza, 'URIs')) found.push({ uri, suites: field(stanza, 'Suites') })
    } else if (file.endsWith('.list')) {
      for (const [, uri, suite] of text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s/gm)) found.push({ uri: uri as string, suites: [suite as string] })
    }
  }
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable'
  const main = found.find(({ suites }) => suites.includes(codename))
  if (!main) throw new Error(`no Debian mirror for ${codename} among apt's sources: the kernels for the guests come from there`)
  const security = found.find(({ suites }) => suites.includes(`${codename}-security`))
  return { main: main.uri, security: security?.uri ?? main.uri.replace(/\/debian\/?$/, '/debian-security') }
}

class Apt {
  readonly #options: string[]
  constructor(folder: string, suites: readonly string[]) {
    const { main, security } = mirrors()
    for (const sub of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, sub), { recursive: true })
    const sources = suites.map((suite) => `deb [signed-by=${KEYRING}] ${suite.endsWith('-security') ? security : main} ${suite} main`)
    writeFileSync(join(folder, 'sources.list'), `${sources.join('\n')}\n`)
    const settings = {
      'Dir::Etc::sourcelist': join(folder, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::Lists': join(folder, 'lists'),
      'Dir::Cache': folder,
      'APT::Default-Release': '',
      'APT::Sandbox::User': 'root',
    }
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  }

  run(tool: 'apt-get' | 'apt-cache', args: string[], cwd?: string): string {
    return execFileSync(tool, [...this.#options, '-qq', ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** Packages a package depends on whose names match. */
  depends(name: string, pattern: RegExp): string[] {
    return [...new Set(this.run('apt-cache', ['depends', name]).match(/(?<=Depends: )\S+/g) ?? [])].filter((dependency) => pattern.test(dependency))
  }
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

function fetchKernel(name: KernelName, target: string): void {
  const work = mkdtempSync(join(cacheFolder(), `.fetch-${name}-`))
  try {
    const apt = new Apt(join(work, 'apt'), KERNELS[name])
    apt.run('apt-get', ['update'])
    const image = apt.depends('linux-image-amd64', /^linux-image-\d/)[0]
    if (!image) throw new Error(`Debian's linux-image-amd64 of ${KERNELS[name][0]} names no kernel`)
    // Newer kernels come in parts.
    const parts = apt.depends(image, /^linux-(binary|modules)-\d/)
    apt.run('apt-get', ['download', ...(parts.length > 0 ? parts : [image])], work)
    const root = join(work, 'root')
    for (const deb of readdirSync(work).filter((file) => file.endsWith('.deb'))) execFileSync('dpkg-deb', ['-x', join(work, deb), root])
    // From 6.12 packages unpack to usr/lib.
    if (!existsSync(join(root, 'lib'))) symlinkSync('usr/lib', join(root, 'lib'))
    const release = readdirSync(join(root, 'lib/modules'))[0] as string
    const boot = join(root, 'boot', `vmlinuz-${release}`)
    extractVmlinux(existsSync(boot) ? boot : join(root, 'lib/modules', release, 'vmlinuz'), join(root, 'vmlinux'))
    execFileSync('depmod', ['-b', root, release])
    writeFileSync(join(root, 'release'), release)
    renameSync(root, target)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** A kernel ready to boot. The first call for each needs the network and half a minute; later ones nothing. Throws a sentence. */
export function kernel(name: KernelName): Kernel {
  const folder = join(cacheFolder(), `linux-${name}`)
  if (!existsSync(join(folder, 'release'))) {
    mkdirSync(cacheFolder(), { recursive: true })
    console.error(`guest: fetching kernel ${name} from Debian (once)`)
    try {
      fetchKernel(name, folder)
    } catch (error) {
      // Somebody else may have been faster: their folder is as good.
      if (!existsSync(join(folder, 'release'))) throw error
    }
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
