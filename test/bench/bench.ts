/**
 * `npm run bench [-- PATTERN]`: instructions added to one open+close and one pwrite, ours beside the peers', in one run of a 6.12 guest; PATTERN (a
 * glob) picks tracers by name. Without one, then what a tick costs on the screen, on this machine (`npm run bench:screen`, which is that alone).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import { runGuest } from '../vm/guest.ts'
import { screenCost } from './screen-cost.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const BUDGET = { open: 800, pwrite: 400 }

interface Cost {
  open: number
  pwrite: number
  failed?: string
}

compileProgram('cost')
const result = await runGuest({
  kernel: '6.12',
  icount: true,
  timeoutSeconds: 1800,
  command: ['bash', join(project, 'test/bench/in-guest.sh'), project, process.argv[2] ?? '*'],
})
if (result.status !== 0) throw new Error(`the guest ended with ${result.status}: ${result.stderr.toString()}\n${result.console.slice(-1000)}`)
const costs = new Map<string, Cost>()
for (const line of result.stdout.toString().trim().split('\n')) {
  const at = line.indexOf(' ')
  costs.set(line.slice(0, at), JSON.parse(line.slice(at + 1)) as Cost)
}
const base = costs.get('base')
if (!base) throw new Error('no base was measured')
const rows = [...costs].map(([name, cost]) => {
  if (cost.failed !== undefined) return `| ${name} | – | – | ${cost.failed} |`
  const added = { open: cost.open - base.open, pwrite: cost.pwrite - base.pwrite }
  const ours = name === 'fswatch-tui-fentry'
  const verdict = ours ? `budget ${BUDGET.open} and ${BUDGET.pwrite}: ${added.open <= BUDGET.open && added.pwrite <= BUDGET.pwrite ? 'kept' : 'MISSED'}` : ''
  return name.startsWith('base') ? `| ${name} | ${cost.open} | ${cost.pwrite} | in all |` : `| ${name} | +${added.open} | +${added.pwrite} | ${verdict} |`
})
const report = `Instructions in a 6.12 guest (-icount), a file on tmpfs\n\n| | per open+close | per pwrite | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
mkdirSync(join(project, 'dist/reports'), { recursive: true })
writeFileSync(join(project, 'dist/reports/bench.md'), report)
console.log(report)
if (process.argv[2] === undefined) await screenCost(undefined)
