/** The suite of what file system calls answer (test/programs/semantics): compiled on the machine, run in a guest. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const program = join(project, 'dist/test-programs/semantics')

/** Statically, so that it runs on any of the guests' kernels. */
export function compileSemantics(): void {
  const folder = join(project, 'test/programs/semantics')
  mkdirSync(dirname(program), { recursive: true })
  const sources = readdirSync(folder).map((name) => join(folder, name))
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs))
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return
  const units = sources.filter((path) => path.endsWith('.c'))
  execFileSync('gcc', ['-D_GNU_SOURCE', '-O2', '-Wall', '-Werror', '-Wno-unused-result', '-static', '-o', program, ...units])
}

/** Empties a folder and leaves the folder itself, which rules may be anchored at. */
export function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** The suite's lines in `folder`, which is empty before and after; `other` is a folder on another file system. A last line tells how it ended. */
export function semanticsIn(folder: string, other: string): string[] {
  // A frozen process would wait for ever.
  const { status, signal, stdout, stderr } = spawnSync(program, [folder, other], { encoding: 'utf8', timeout: 120_000, killSignal: 'SIGKILL' })
  empty(folder)
  return [...stdout.split('\n'), ...stderr.split('\n'), `ended with ${signal ?? status}`].filter((line) => line !== '')
}
