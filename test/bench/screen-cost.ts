/**
 * `npm run bench:screen [-- PHASE]`: what a tick costs on the screen, at 200×60, in each view, with Ink and all, from real recordings: while the
 * model fills (filling), and when it is full and a busy machine goes on (steady); and what the program itself takes in a terminal (terminal). It
 * makes the recordings as root, into dist/bench/, once, and measures in a bundle like the program's, with Node's flags that the program has.
 * Budgets are printed beside; nothing fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, NODE_FLAGS } from '../../scripts/build.ts'
import { terminalCost } from './terminal-cost.ts'
import { CROWD_SECONDS, PHASES, type Phase } from './tick-recordings.ts'

const project = join(import.meta.dirname, '../..')

/** Measures the phases of that name, or all; prints what it finds. */
export async function screenCost(wanted: string | undefined, flags: string[] = []): Promise<void> {
  const folder = join(project, 'dist/bench')
  mkdirSync(folder, { recursive: true })
  const program = join(folder, 'frames.js')
  // Names stay, for whoever looks for what costs most: npm run bench:screen -- steady --cpu-prof.
  await bundle(join(import.meta.dirname, 'frames.tsx'), program, '', false)
  const recorded = async ({ file, record }: Phase) => {
    const path = join(folder, file)
    if (!existsSync(path)) await record(path)
    return path
  }
  for (const [name, phase] of Object.entries<Phase>(PHASES)) {
    if (wanted !== undefined && wanted !== name) continue
    const path = await recorded(phase)
    // Colours as on a terminal.
    const env = { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined, CI: undefined }
    const { status } = spawnSync(process.execPath, [...NODE_FLAGS, ...flags, program, name, path, ...(phase.last === null ? [] : [String(phase.last)])], {
      stdio: 'inherit',
      env,
    })
    if (status !== 0) throw new Error(`${name}: the measuring ended with ${status}`)
  }
  if (wanted === undefined || wanted === 'terminal') await terminalCost(await recorded(PHASES.steady), CROWD_SECONDS)
}

if (process.argv[1] === import.meta.filename) {
  const [wanted, ...flags] = process.argv.slice(2)
  await screenCost(wanted, flags)
}
