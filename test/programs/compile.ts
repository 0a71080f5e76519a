/** Programs of this folder, compiled statically, so that they run on any of the guests' kernels. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const binaries = join(here, '../../dist/test-programs')

const changed = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Compiles where a source is younger than the program; gives the program's path. */
function compile(name: string, units: string[], sources: string[], flags: string[]): string {
  const target = join(binaries, name)
  mkdirSync(binaries, { recursive: true })
  if (changed(target) <= Math.max(...sources.map(changed))) execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-static', ...flags, '-o', target, ...units])
  return target
}

const headers = ['ways.h', 'uring.h'].map((name) => join(here, name))

/** A program of one file. */
export function compileProgram(name: string): string {
  return compileIncluding(name, [])
}

/** The same, of a file that includes others than those of this folder: it is compiled anew where one of those is younger. */
export function compileIncluding(name: string, included: string[]): string {
  const source = join(here, `${name}.c`)
  return compile(name, [source], [source, ...headers, ...included], [])
}

/** A program of a folder's files. */
export function compileFolder(name: string, ...flags: string[]): string {
  const files = readdirSync(join(here, name)).map((file) => join(here, name, file))
  return compile(
    name,
    files.filter((file) => file.endsWith('.c')),
    [...files, ...headers],
    flags,
  )
}
