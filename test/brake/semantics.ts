/** The suite of what file system calls answer (test/programs/semantics): compiled on the machine, run in a guest. */
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFolder } from '../programs/compile.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const program = join(project, 'dist/test-programs/semantics')

/** Compiles the suite; gives its path. */
export function compileSemantics(): string {
  return compileFolder('semantics', '-D_GNU_SOURCE', '-Wno-unused-result')
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
