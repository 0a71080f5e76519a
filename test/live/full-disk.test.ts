/** A recording whose disk is full: the header says so while the view goes on. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { program, Terminal } from '../ui/terminal.ts'

it('a full disk is said in the header at once', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'))
  const terminal = new Terminal(160, 30)
  try {
    // A mount namespace of its own: the small file system goes with the program.
    terminal.type(`unshare -m sh -c 'mount -t tmpfs -o size=16k none ${folder} && ${program} --no-config --record ${folder}/r'; echo "ended with $?"`)
    await terminal.untilShown('stopped: the disk is full', 60_000)
    assert.ok(terminal.lines()[0]?.includes('the disk is full'), 'in the first line')
    terminal.keys('q')
    await terminal.untilShown('ended with 1', 30_000)
  } finally {
    terminal.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
