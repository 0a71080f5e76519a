// Makes prebuilds/linux-x64: the addon, the BPF objects, the libraries the addon needs, and their licences. With `--check` it builds the
// same in a temporary folder and fails where the bytes differ from what is there.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildBpf, buildNative, firstThatRuns, run } from './build.ts'
import { LIBRARIES, LICENCES, type Library, notice, noticed } from './notice.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'prebuilds/linux-x64')

/** As node-gyp-build wants it: any Node that speaks Node-API, with the GNU C library (not musl). */
const ADDON = 'fswatch.napi.glibc.node'

/** The process that lets go of what is held, native/keeper.c. */
const KEEPER = 'fswatch-keeper'

/** The oldest GNU C library the prebuilt files must run on. */
const GLIBC = [2, 34]

function addon(stage: string, work: string): void {
  for (const name of ['binding.gyp', 'package.json', 'native', 'bpf']) cpSync(join(root, name), join(work, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'))
  copyFileSync(buildNative(work), join(stage, ADDON))
  run('strip', ['--strip-unneeded', join(stage, ADDON)])
  copyFileSync(join(work, 'build/Release', KEEPER), join(stage, KEEPER))
  run('strip', [join(stage, KEEPER)])
}

/** Copies a library from where the dynamic linker finds it, and has it look for its own libraries beside itself. */
function library({ file, needsOthers }: Library, stage: string): void {
  const line = run('ldd', [join(stage, ADDON)]).match(new RegExp(`^\\s*${file.replaceAll('.', '\\.')} => (\\S+)`, 'm'))
  const found = line?.[1]
  if (!found) throw new Error(`the addon does not need ${file} (any more): correct scripts/notice.ts`)
  copyFileSync(found, join(stage, file))
  chmodSync(join(stage, file), 0o644)
  if (needsOthers) run('patchelf', ['--set-rpath', '$ORIGIN', join(stage, file)])
}

/** Throws where a file asks for a younger C library than promised: it would not load there. */
function checkGlibc(stage: string): void {
  for (const file of [ADDON, KEEPER, ...LIBRARIES.map((library) => library.file)]) {
    const [major = 0, minor = 0] = GLIBC
    const young = [...run('objdump', ['-T', join(stage, file)]).matchAll(/GLIBC_(\d+)\.(\d+)\S*\s+(\S+)$/gm)]
      .filter(([, a, b]) => Number(a) > major || (Number(a) === major && Number(b) > minor))
      .map(([, a, b, symbol]) => `${symbol} (${a}.${b})`)
    if (young.length > 0) throw new Error(`${file} needs a GNU C library younger than ${GLIBC.join('.')}, for ${young.join(', ')}`)
  }
}

/** Makes everything in a new folder below `work`, and returns that. */
function make(work: string): string {
  const stage = join(work, 'stage')
  mkdirSync(stage)
  addon(stage, work)
  buildBpf(join(stage, 'bpf'))
  for (const one of LIBRARIES) library(one, stage)
  checkGlibc(stage)
  for (const name of LICENCES) copyFileSync(join('/usr/share/common-licenses', name), join(stage, `LICENCE-${name}`))
  const compilers = ['g++', firstThatRuns('clang-14', 'clang')].map((command) => run(command, ['--version']).split('\n')[0] ?? command)
  writeFileSync(join(stage, 'NOTICE'), notice(compilers))
  return stage
}

/** The new files take the old ones' place at once, so that a program that starts meanwhile finds one or the other. */
function install(stage: string): void {
  const [fresh, old] = [`${target}.new`, `${target}.old`]
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true })
  cpSync(stage, fresh, { recursive: true })
  if (existsSync(target)) renameSync(target, old)
  renameSync(fresh, target)
  rmSync(old, { recursive: true, force: true })
}

/** How the prebuilt files differ from fresh ones: `wrong` fails the check, `remarks` are worth saying. */
function compare(stage: string): { wrong: string[]; remarks: string[] } {
  const same = (name: string) => existsSync(join(target, name)) && readFileSync(join(target, name)).equals(readFileSync(join(stage, name)))
  const objects = (folder: string) => (existsSync(join(folder, 'bpf')) ? readdirSync(join(folder, 'bpf')) : []).map((name) => join('bpf', name))
  const text = (folder: string) => (existsSync(join(folder, 'NOTICE')) ? readFileSync(join(folder, 'NOTICE'), 'utf8') : '')
  const [then, now] = [noticed(text(target)), noticed(text(stage))]
  const wrong = [ADDON, KEEPER, ...objects(stage), ...LICENCES.map((name) => `LICENCE-${name}`)].filter((name) => !same(name))
  wrong.push(...objects(target).filter((name) => !existsSync(join(stage, name))))
  const remarks: string[] = []
  for (const { file, debian } of LIBRARIES) {
    const [had, have] = [then.packages.get(debian), now.packages.get(debian)]
    if (had !== undefined && had !== have) remarks.push(`${file} is of ${debian} ${had}; installed here is ${have}`)
    else if (!same(file)) wrong.push(file)
  }
  const compilers = then.compilers !== now.compilers
  if (compilers) remarks.push(`they were compiled by ${then.compilers || 'an unknown compiler'}; installed here is ${now.compilers}`)
  if (remarks.length === 0 && text(target) !== text(stage)) wrong.push('NOTICE')
  return { wrong, remarks }
}

const work = mkdtempSync(join(tmpdir(), 'fswatch-prebuild-'))
try {
  const stage = make(work)
  if (process.argv.includes('--check')) {
    const { wrong, remarks } = compare(stage)
    for (const remark of remarks) console.error(`prebuild: ${remark}`)
    if (wrong.length > 0) throw new Error(`not what the sources give: ${wrong.join(', ')}. Run \`npm run prebuild\` and commit prebuilds/`)
  } else {
    install(stage)
    for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' }).sort()) console.log(join(basename(target), name))
  }
} catch (error) {
  console.error(`prebuild: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
