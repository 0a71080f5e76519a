/** Where rules on files are looked for again: no symbolic link that came after the rule is followed. */
import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { Anchors } from '../../src/kernel/guard/anchors.ts'
import type { Inodes } from '../../src/kernel/guard/inodes.ts'
import { TimeSlices } from '../../src/kernel/time-slices.ts'

const folder = mkdtempSync(join(tmpdir(), 'fswatch-anchors-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Without a kernel part: as stat(2) says. */
const inodes = {
  find(path: string | Buffer, follow = true) {
    const stats = (follow ? statSync : lstatSync)(path, { bigint: true, throwIfNoEntry: false })
    return stats ? { inode: { dev: Number(stats.dev), ino: stats.ino, generation: 0 }, directory: stats.isDirectory(), links: Number(stats.nlink) } : null
  },
} as unknown as Inodes

const anchors = new Anchors(inodes, new BigUint64Array([1n, 2n, 3n, 4n]), false, new TimeSlices())
const inoOf = (path: string) => lstatSync(path, { bigint: true }).ino

function places(name: string): { path: string; victim: string; directory: string } {
  const directory = join(folder, name)
  mkdirSync(join(directory, 'd'), { recursive: true })
  const [path, victim] = [join(directory, 'd/x'), join(directory, 'victim')]
  for (const file of [path, victim]) writeFileSync(file, '')
  return { path, victim, directory }
}

test('a file that replaced the one of a rule is found', async () => {
  const { path } = places('replaced')
  const anchored = await anchors.of({ kind: 'file', text: path })
  writeFileSync(`${path}.new`, '')
  renameSync(`${path}.new`, path)
  assert.deepEqual(
    anchors.findAgain(anchored.places).files.map(({ ino }) => ino),
    [inoOf(path)],
  )
})

test('a symbolic link that replaced the file of a rule does not lead the rule to another file', async () => {
  const { path, victim } = places('link')
  const anchored = await anchors.of({ kind: 'file', text: path })
  unlinkSync(path)
  symlinkSync(victim, path)
  const again = anchors.findAgain(anchored.places)
  assert.deepEqual(
    again.files.map(({ ino }) => ino),
    [inoOf(path)],
  )
  assert.notEqual(inoOf(path), inoOf(victim))
})

test('a symbolic link that replaced the directory of that file does not lead the rule to another file', async () => {
  const { path, directory } = places('directory')
  const elsewhere = join(directory, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'x'), '')
  const anchored = await anchors.of({ kind: 'file', text: path })
  renameSync(join(directory, 'd'), join(directory, 'old'))
  symlinkSync(elsewhere, join(directory, 'd'))
  assert.deepEqual(anchors.findAgain(anchored.places), { files: [], named: [] })
})

test('a file in a directory that replaced that of a rule is found, by its name as well', async () => {
  const { path, directory } = places('parent')
  const anchored = await anchors.of({ kind: 'file', text: path })
  renameSync(join(directory, 'd'), join(directory, 'old'))
  mkdirSync(join(directory, 'd'))
  writeFileSync(path, '')
  const again = anchors.findAgain(anchored.places)
  assert.deepEqual(
    again.files.map(({ ino }) => ino),
    [inoOf(path)],
  )
  assert.deepEqual(
    again.named.map(({ parent }) => parent.ino),
    [inoOf(dirname(path))],
  )
})

test('a file that replaced the target of a link is found where the link led when the rule was armed', async () => {
  const { path, victim } = places('target')
  unlinkSync(path)
  symlinkSync(victim, path)
  const anchored = await anchors.of({ kind: 'file', text: path })
  writeFileSync(`${victim}.new`, '')
  renameSync(`${victim}.new`, victim)
  assert.deepEqual(
    anchors.findAgain(anchored.places).files.map(({ ino }) => ino),
    [inoOf(path), inoOf(victim)],
  )
})
