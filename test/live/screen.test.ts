/** The whole screen over live processes: on this machine's kernel by whatever way it has, in guests (test/guest/screen.test.ts) by the one they name. */
import { describe, it } from 'node:test'
import { walk } from '../ui/walk.ts'

describe('the live screen', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('shows what one child does in every view, close look and line', () =>
    walk({ columns: 150, rows: 40, way: process.env.WAY ?? '  by ', patience: process.env.WAY === undefined ? 20_000 : 400_000 }))
})
