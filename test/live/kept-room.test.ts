/** More new {process, file} pairs than the table holds: files that rules are about, and refused operations, still have their entry. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Batch, NO_FILE } from '../../src/batch/batch.ts'
import { bpfObjectPath, loadAddon } from '../../src/kernel/addon.ts'
import { LiveSource } from '../../src/kernel/live.ts'
import { Mounts } from '../../src/kernel/mounts.ts'
import { probeWay, WAYS } from '../../src/kernel/plan.ts'

const ENTRIES = 500

/** Fills the table and more; then writes to a file, to one below a directory, and to one that no rule is about. */
const PROGRAM = `
import os, sys
folder = sys.argv[1]
for i in range(${ENTRIES * 4}):
  os.close(os.open(f'{folder}/flood/{i}', os.O_CREAT | os.O_WRONLY))
for name in ['file', 'tree/a/b/below', 'plain']:
  f = os.open(f'{folder}/{name}', os.O_WRONLY)
  os.write(f, b'xyz')
  os.close(f)
`

describe('room for files that rules are about', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  for (const way of WAYS) {
    const refusal = process.getuid?.() === 0 ? probeWay(way, loadAddon(), bpfObjectPath()) : null
    it(`by ${way}: in a flood they have entries and names, others are counted as lost`, { skip: refusal?.why ?? false }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kept-'))
      mkdirSync(join(folder, 'flood'))
      mkdirSync(join(folder, 'tree/a/b'), { recursive: true })
      for (const name of ['file', 'tree/a/b/below', 'plain']) writeFileSync(join(folder, name), '')
      const source = LiveSource.open({ attach: way, intervalMs: 1000, maxEntries: ENTRIES, filter: { comm: 'kept-flood' }, events: false })
      try {
        const mounts = new Mounts()
        const inode = (name: string) => ({ ino: statSync(join(folder, name), { bigint: true }).ino, dev: mounts.deviceOf(join(folder, name)) as number })
        source.keepRoom([inode('file')], [inode('tree')])
        const script = `import ctypes\nctypes.CDLL(None).prctl(15, b'kept-flood', 0, 0, 0)\n${PROGRAM}`
        spawnSync('python3', ['-c', script, folder], { stdio: 'ignore' })
        const batch: Batch = await source.collect()
        const written = (name: string) => {
          const id = batch.files.find(({ path }) => path === join(folder, name))?.id
          return batch.counters.filter(({ file }) => file === id).reduce((sum, { writeBytes }) => sum + writeBytes, 0)
        }
        assert.ok(batch.losses.countersFull > ENTRIES * 2, `${batch.losses.countersFull} lost`)
        assert.equal(written('file'), 3)
        assert.equal(written('tree/a/b/below'), 3)
        assert.equal(written('plain'), 0, 'there is no room for all')
        assert.ok(batch.counters.length <= ENTRIES + 10, `${batch.counters.length} entries`)
      } finally {
        await source.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }

  it('operations that name no file have room too: one entry a process, and what was given back is there again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kept-'))
    const source = LiveSource.open({ attach: 'auto', intervalMs: 1000, maxEntries: ENTRIES, filter: { comm: 'kept-flood' }, events: false })
    try {
      const script = `import ctypes, os\nctypes.CDLL(None).prctl(15, b'kept-flood', 0, 0, 0)
for i in range(${ENTRIES * 2}):
  os.close(os.open(f'${folder}/{i}', os.O_CREAT | os.O_WRONLY))
try: os.open('${folder}/none', os.O_RDONLY)
except OSError: pass`
      for (let round = 0; round < 3; round++) {
        spawnSync('python3', ['-c', script], { stdio: 'ignore' })
        const batch = await source.collect()
        assert.equal(
          batch.counters.filter(({ file }) => file === NO_FILE).reduce((sum, { errors }) => sum + errors, 0),
          1,
          `round ${round}`,
        )
        assert.ok(batch.counters.length >= ENTRIES, `round ${round}: ${batch.counters.length} entries`)
        // The process has ended: another reading gives its entries back.
        await source.collect()
      }
    } finally {
      await source.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
