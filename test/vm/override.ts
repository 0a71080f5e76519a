/** A kernel that no distribution ships: a small one, from Debian's source, whose only way to refuse a call is bpf_override_return. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Apt } from './apt.ts'

const here = dirname(fileURLToPath(import.meta.url))
const SOURCE = 'linux-source-6.1'

/** Debian packages that building a kernel needs, by a program of theirs. */
const NEEDED: Record<string, string> = {
  '/usr/bin/flex': 'flex',
  '/usr/bin/bison': 'bison',
  '/usr/bin/bc': 'bc',
  '/usr/bin/pahole': 'dwarves',
  '/usr/include/openssl/ssl.h': 'libssl-dev',
}

function requireTools(): void {
  const missing = Object.entries(NEEDED).filter(([path]) => !existsSync(path))
  if (missing.length > 0)
    throw new Error(
      `building a kernel needs programs that are not installed: apt-get install --no-install-recommends ${missing.map(([, name]) => name).join(' ')}`,
    )
}

/** Options asked for that the kernel's own configuration did not take. */
function refusedOptions(wanted: string, got: string): string[] {
  return wanted.split('\n').filter((line) => line.startsWith('CONFIG_') && !got.includes(`\n${line}\n`))
}

/** Builds into `root`, working in `work`. Takes about five minutes on two cores. Throws a sentence. */
export function buildOverrideKernel(work: string, root: string): void {
  requireTools()
  const apt = new Apt(join(work, 'apt'), ['bookworm', 'bookworm-security'])
  apt.run('apt-get', ['update'])
  apt.run('apt-get', ['download', SOURCE], work)
  for (const deb of readdirSync(work).filter((file) => file.endsWith('.deb'))) execFileSync('dpkg-deb', ['-x', join(work, deb), work])
  execFileSync('tar', ['xf', join(work, `usr/src/${SOURCE}.tar.xz`), '-C', work])
  const source = join(work, SOURCE)
  const make = (...args: string[]) => execFileSync('make', args, { cwd: source, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 })
  make('-s', 'tinyconfig')
  execFileSync('scripts/kconfig/merge_config.sh', ['-m', '.config', join(here, 'override.config')], { cwd: source, stdio: 'ignore' })
  make('-s', 'olddefconfig')
  const refused = refusedOptions(readFileSync(join(here, 'override.config'), 'utf8'), readFileSync(join(source, '.config'), 'utf8'))
  if (refused.length > 0) throw new Error(`${SOURCE} does not take ${refused.join(', ')}`)
  make('-s', `-j${cpus().length}`, 'vmlinux')
  const release = make('-s', 'kernelrelease').trim()
  mkdirSync(join(root, 'lib/modules', release), { recursive: true })
  copyFileSync(join(source, 'vmlinux'), join(root, 'vmlinux'))
  execFileSync('strip', ['--strip-debug', join(root, 'vmlinux')])
  writeFileSync(join(root, 'release'), release)
}
