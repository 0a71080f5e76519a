// Makes prebuilds/linux-x64: addon, libraries and BPF objects that need no compiler to run. `--check` builds anew and compares.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildBpf, buildNative } from './build.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'prebuilds/linux-x64')
const GLIBC = [2, 34] as const

// [library, Debian package, licence]; libc and libgcc are part of every system that runs Node.
const LIBRARIES = [
  ['libbpf.so.1', 'libbpf1', 'LGPL-2.1-only OR BSD-2-Clause'],
  ['libelf.so.1', 'libelf1', 'GPL-2.0-or-later OR LGPL-3.0-or-later'],
  ['libz.so.1', 'zlib1g', 'Zlib'],
] as const

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' })
}

function systemLibrary(name: string): string {
  const match = new RegExp(`${name.replaceAll('.', '\\.')} .*x86-64.* => (\\S+)`).exec(run('/sbin/ldconfig', '-p'))
  if (!match?.[1]) throw new Error(`${name} is not installed: scripts/debian-packages.sh lists what is needed`)
  return realpathSync(match[1])
}

// What is loaded must also load on a system with an older C library.
function checkGlibc(file: string): void {
  for (const [, version] of run('objdump', '-T', file).matchAll(/\(?GLIBC_(\d+\.\d+)/g)) {
    const [major = 0, minor = 0] = (version as string).split('.').map(Number)
    if (major > GLIBC[0] || (major === GLIBC[0] && minor > GLIBC[1])) throw new Error(`${file} needs glibc ${version}; the limit is ${GLIBC.join('.')}`)
  }
}

function notice(): string {
  const rows = LIBRARIES.map(
    ([library, name, licence]) => `${library}  ${run('dpkg-query', '-W', '-f', '$' + '{source:Package} $' + '{Version}', name)} (Debian)  ${licence}`,
  )
  return `Libraries shipped beside the addon, unchanged but for their run path ($ORIGIN) and symbol tables:\n\n${rows.join('\n')}\n\nTheir sources are Debian's source packages of these versions. The addon is MIT, the BPF object GPL-2.0-or-later OR BSD-2-Clause.\n`
}

function make(folder: string): void {
  mkdirSync(folder, { recursive: true })
  buildBpf(join(folder, 'bpf'))
  buildNative()
  const addon = join(folder, 'fswatch-tui.node')
  copyFileSync(join(root, 'build/Release/fswatch.node'), addon)
  run('strip', '--strip-unneeded', addon)
  for (const [library] of LIBRARIES) {
    const copy = join(folder, library)
    copyFileSync(systemLibrary(library), copy)
    chmodSync(copy, 0o644)
    run('patchelf', '--set-rpath', '$ORIGIN', copy)
  }
  for (const file of readdirSync(folder).filter((name) => /\.(node|so\.\d)$/.test(name))) checkGlibc(join(folder, file))
  writeFileSync(join(folder, 'NOTICE'), notice())
}

function check(): number {
  const fresh = mkdtempSync(join(tmpdir(), 'prebuild-'))
  try {
    make(fresh)
    const same = (name: string) => existsSync(join(target, name)) && readFileSync(join(fresh, name)).equals(readFileSync(join(target, name)))
    const ours = ['fswatch-tui.node', ...readdirSync(join(fresh, 'bpf')).map((name) => `bpf/${name}`)].filter((name) => !same(name))
    // A security update of Debian changes these without any change of ours.
    if (!same('NOTICE')) console.log('prebuild: the libraries installed here are of other versions than the ones shipped (prebuilds/linux-x64/NOTICE)')
    if (ours.length === 0) return 0
    console.error(`prebuild: not what the sources give: ${ours.join(', ')}. Run \`npm run prebuild\` on Debian 12 and commit prebuilds/`)
    return 1
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

try {
  if (process.argv.includes('--check')) process.exitCode = check()
  else {
    rmSync(target, { recursive: true, force: true })
    make(target)
  }
} catch (error) {
  console.error(`prebuild: ${(error as Error).message}`)
  process.exitCode = 1
}
