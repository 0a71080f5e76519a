/**
 * Work that goes on for QUOTA_MINUTES (1) below a quota too small for it, in a guest, on the file system that QUOTA_FS names: fio by
 * every engine, git, tar and sqlite side by side, filling, refused, deleting. Then the kernel's figure must be what lies there:
 * `npm run guest -- --timeout 4000 env QUOTA_FS=ext4 QUOTA_MINUTES=60 node --test test/brake/quota-load.ts`.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { Brake } from '../../src/commands/brake.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { countedBelow, duBelow } from './quota-count.ts'
import { mountQuotaFs } from './quota-fs.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const fs = process.env.QUOTA_FS ?? 'ext4'
const minutes = Number(process.env.QUOTA_MINUTES ?? 1)
const LIMIT = 110 << 20

/** Each is a line of sh, run again and again, in a directory of its own. */
const WORK: Record<string, string[]> = {
  fio: ['psync', 'pvsync2', 'libaio', 'io_uring', 'mmap', 'splice'].flatMap((engine) =>
    ['write', 'randwrite', 'randrw'].map(
      (rw) =>
        `fio --name=j --directory=. --ioengine=${engine} --rw=${rw} --bs=1k-64k --size=30M --numjobs=2 --runtime=8 --time_based --fallocate=$(shuf -n1 -e none posix truncate) --fsync=64 --continue_on_error=all >/dev/null 2>&1; ${rw === 'randrw' ? 'rm -rf -- *' : 'rm -f j.0.0'}`,
    ),
  ),
  git: [
    'git init -q r; cd r; git config user.email a@b; git config user.name a; for i in $(seq 8); do head -c 900000 /dev/urandom > f$i; git add . && git commit -qm $i; done; git clone -q . ../c; git gc -q',
    'rm -rf r c',
  ],
  files: [
    'mkdir -p d; cp -a /usr/share/perl* /usr/share/zoneinfo d/ 2>/dev/null; tar cf a.tar d; mkdir -p e; tar xf a.tar -C e; gzip -1f a.tar',
    'mv d g; ln g/perl/* . ; truncate -s 20M hole; rm -rf g; mv e f; fallocate -l 25M big; rm -f hole',
    'rm -rf -- *',
  ],
  sqlite: [
    "sqlite3 db 'create table if not exists t(a); insert into t values(randomblob(3000000)); insert into t select a from t; delete from t where rowid % 3 = 0; vacuum'",
    'head -c 40000000 /dev/zero > fill; cp db db2; rm -f fill; sqlite3 db "delete from t; vacuum"',
  ],
}

it(`${minutes} min of fio, git, tar, sqlite and rm -rf on ${fs}: the figure stays what lies there`, async () => {
  const point = mountQuotaFs(fs)
  const dir = join(point, 'work')
  mkdirSync(dir)
  const brake = new Brake({ dryRun: false, protect: [], ways: [], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 3_600_000 })
  const parsed = parseRule(`quota ${LIMIT},40000 ${dir}`)
  assert.ok(parsed.ok)
  const { id } = await brake.arm(parsed.rule)
  const state = async () => {
    await brake.tick()
    const found = brake.states().find((one) => one.id === id)
    assert.ok(found?.quota)
    return { bytes: found.quota.bytes, inodes: found.quota.inodes, refused: found.hits }
  }
  const endMs = Date.now() + minutes * 60_000
  const rounds: Record<string, number> = {}
  const worker = async (name: string, lines: string[]) => {
    mkdirSync(join(dir, name))
    for (let i = 0; Date.now() < endMs; i++) {
      const child = spawn('sh', ['-c', lines[i % lines.length] as string], { cwd: join(dir, name), stdio: 'ignore' })
      await new Promise((resolve) => child.once('close', resolve))
      rounds[name] = i + 1
    }
  }
  let most = 0
  const watch = async () => {
    for (let n = 1; Date.now() < endMs; n++) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const now = await state()
      most = Math.max(most, now.bytes)
      if (n % 60 === 0) console.log(`${fs}: ${n / 60} min, ${now.bytes} bytes, ${now.inodes} inodes, ${now.refused} calls refused`)
    }
  }
  await Promise.all([watch(), ...Object.entries(WORK).map(([name, lines]) => worker(name, lines))])
  // What io_uring's and the file system's own threads close after their owner's end.
  execFileSync('sync')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const lies = countedBelow(dir)
  let kernel = await state()
  const { skipped } = brake.enforcement
  if (skipped > 0) console.log(`${fs}: ${skipped} calls not judged (preemption): ${kernel.bytes - lies.bytes} bytes wrong until the next count`)
  for (let i = 0; skipped > 0 && i < 40 && kernel.bytes !== lies.bytes; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    kernel = await state()
  }
  const { refused, ...figure } = kernel
  console.log(`${fs}: ${minutes} min, ${JSON.stringify(rounds)} rounds, ${refused} calls refused, at most ${most} of ${LIMIT} bytes`)
  console.log(`${fs}: ${kernel.bytes} bytes by the kernel, ${lies.bytes} by a count, ${duBelow(dir)} by du (with directories, without holes)`)
  await brake.close()
  assert.deepEqual(figure, lies)
  assert.ok(refused > 0, 'it was too much for the limit')
})
