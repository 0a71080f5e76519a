/** Mapped files are written back so that the next store into them is seen: which are, which cannot be, and how it ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { holderWarnings, unseenNotes, withStoresSeen } from '../../src/commands/held-before.ts'
import { findHolders } from '../../src/kernel/guard/holders.ts'
import { daxDevicesIn, type MappedFile, WriteBack } from '../../src/kernel/guard/write-back.ts'

describe('writing mapped files back', { skip: process.getuid?.() !== 0 && 'needs root: /proc/PID/map_files' }, () => {
  const folders = [mkdtempSync(join(tmpdir(), 'write-back-')), ...(existsSync('/dev/shm') ? [mkdtempSync('/dev/shm/write-back-')] : [])]
  const paths = folders.map((folder) => join(folder, 'mapped'))
  let child: ReturnType<typeof spawn>
  let mapped: MappedFile[]
  const writer = new WriteBack()
  before(async () => {
    for (const path of paths) writeFileSync(path, 'x'.repeat(100))
    const program = `import mmap, time\nm = []\nfor p in ${JSON.stringify(paths)}:\n f = open(p, 'r+b')\n m.append(mmap.mmap(f.fileno(), 0))\n m[-1][0] = 65\nprint('ready', flush=True)\ntime.sleep(600)`
    child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    const { holders } = await findHolders({ pids: [child.pid as number] })
    mapped = holders.flatMap(({ pid, mapping }) => (mapping && paths.includes(mapping.path) ? [{ pid, ...mapping }] : []))
  })
  after(async () => {
    await writer.close()
    child.kill('SIGKILL')
    for (const folder of folders) rmSync(folder, { recursive: true })
  })

  it('is done once a file, with progress; tmpfs has nothing to write', async () => {
    assert.equal(mapped.length, paths.length)
    const told: string[] = []
    const unseen = await writer.run([...mapped, ...mapped], { onProgress: (written, all) => told.push(`${written} of ${all}`) })
    assert.deepEqual(
      told,
      paths.map((_, i) => `${i} of ${paths.length}`),
    )
    const hidden = mapped.filter(({ path }) => path.startsWith('/dev/shm/')).map(({ file }) => [file, 'the kernel tells tmpfs of no store'])
    assert.deepEqual([...unseen], hidden)
  })

  it('is done for each path: on btrfs two files can have the same numbers', async () => {
    const [one] = mapped as [MappedFile]
    const told: number[] = []
    await writer.run([one, { ...one, path: '/another/subvolume/mapped' }], { onProgress: (_, all) => told.push(all) })
    assert.deepEqual(told, [2, 2])
  })

  it('ends when it is cancelled, and at its limits', async () => {
    await assert.rejects(writer.run(mapped, { signal: AbortSignal.abort(new Error('cancelled')) }), /^Error: cancelled$/)
    for (const [limits, why] of [
      [{ limit: 0 }, /^too many files of this rule/],
      [{ limitMs: -1 }, /^it could not be written back in time$/],
    ] as const) {
      const unseen = await writer.run(mapped, limits)
      assert.equal(unseen.size, mapped.length)
      for (const said of unseen.values()) assert.match(said, why)
    }
  })

  it('is not done for a file that is DAX by its own flag: no store into it is seen', async () => {
    const asked: number[] = []
    const dax = new WriteBack((fd) => asked.push(fd) > 0)
    const onDisk = mapped.filter(({ path }) => !path.startsWith('/dev/shm/'))
    const unseen = await dax.run(mapped)
    for (const { file } of onDisk) assert.equal(unseen.get(file), 'the kernel tells no file system of stores into a DAX file (FS_XFLAG_DAX)')
    assert.deepEqual([unseen.size, asked.length], [mapped.length, onDisk.length])
    const holders = mapped.map(({ pid }) => ({ pid, comm: 'python3', how: 'mapped' as const }))
    assert.match(holderWarnings(withStoresSeen(holders, mapped, unseen), true, 'freeze').join(), /stores through an old mapping are not stopped/)
    assert.match(unseenNotes(mapped, unseen).join(), /mapped are not seen: the kernel tells no file system of stores into a DAX file/)
    await dax.close()
  })

  it('tells a mapping that went from a process that ended', async () => {
    const [one] = mapped as [MappedFile]
    const changed = await writer.run([{ ...one, range: '1000-2000' }])
    assert.match([...changed.values()].join(), /its mapping changed meanwhile$/)
    assert.equal((await writer.run([{ ...one, pid: 2 ** 22 + 1 }])).size, 0)
  })
})

it('finds what is mounted with DAX', () => {
  const text =
    '36 35 254:16 / /pmem rw,noatime - xfs /dev/pmem0 rw,attr2,dax=always\n37 35 8:1 / / rw - ext4 /dev/sda1 rw,dax=never\n38 35 8:2 / /x rw - ext4 /dev/sdb rw,dax\nnonsense\n'
  assert.deepEqual([...daxDevicesIn(text)], ['254:16', '8:2'])
})
