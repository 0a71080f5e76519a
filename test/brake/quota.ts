/** Quotas, in a guest, on the file system that QUOTA_FS names: `npm run guest -- env QUOTA_FS=ext4 node --test test/brake/quota.ts`. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, realpathSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Brake } from '../../src/commands/brake.ts'
import type { QuotaUse, RuleState } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import type { Protection } from '../../src/rules/protection.ts'
import { countedBelow, duBelow } from './quota-count.ts'
import { mountQuotaFs } from './quota-fs.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const fs = process.env.QUOTA_FS ?? 'tmpfs'
const programs = join(dirname(fileURLToPath(import.meta.url)), '../../dist/test-programs')
const grower = join(programs, 'grower')
const mover = join(programs, 'mover')
const point = mountQuotaFs(fs)
const dir = join(point, 'shop/orders')
const outside = join(point, 'shop/other')
const LIMIT = 1 << 20

let brake: Brake
let id = 0

function sh(line: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: dir, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

async function use(): Promise<QuotaUse> {
  // As the last one, so that what the kernel skipped is known at once.
  await brake.tick(true)
  const quota = brake.states().find((state) => state.id === id)?.quota
  assert.ok(quota)
  return quota
}

/** The kernel's figure is what lies there. */
async function agrees(when: string): Promise<QuotaUse> {
  let kernel = await use()
  // A server's client keeps a file that is gone until it has returned what it was delegated; what the kernel skipped is counted anew.
  for (let tries = 0; (fs.startsWith('nfs') || skipped() > 0) && tries < 40 && kernel.bytes !== countedBelow(dir).bytes; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    kernel = await use()
  }
  assert.deepEqual({ bytes: kernel.bytes, inodes: kernel.inodes }, countedBelow(dir), when)
  return kernel
}

/** Calls nobody judged: on preemptible kernels a program that is at work on the same CPU is skipped. */
function skipped(): number {
  return brake.enforcement.skipped
}

async function arm(line: string): Promise<RuleState> {
  const parsed = parseRule(line)
  assert.ok(parsed.ok, line)
  const armed = await brake.arm(parsed.rule)
  id = armed.id
  return armed
}

function grow(way: string, file: string, bytes: number, source = ''): { status: number | null; said: string } {
  return sh(`${grower} ${way} ${file} ${bytes} ${source}`)
}

const WAYS = [
  ...['write', 'append', 'pwrite', 'hole', 'writev', 'pwritev', 'ftruncate', 'truncate', 'fallocate', 'zero-range', 'insert-range'],
  ...['sendfile', 'copy_file_range', 'splice', 'clone', 'aio', 'io_uring', 'direct'],
  ...['append-flag', 'append-flag-aio', 'append-flag-io_uring', 'after-splice', 'after-sendfile'],
]

describe(`quotas on ${fs}`, () => {
  before(async () => {
    mkdirSync(dir, { recursive: true })
    mkdirSync(outside)
    brake = new Brake({ dryRun: false, protect: [], ways: [], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 3_600_000 })
    // What is there before: a file with two names, one below a directory, one too many for the quota of the first test.
    sh('mkdir sub; head -c 5000 /dev/zero > sub/old; ln sub/old link; ln -s sub/old soft; mkdir mounted; mount -t tmpfs none mounted; echo x > mounted/x')
    await arm(`quota 1M,60 ${dir}`)
  })
  after(async () => {
    await brake.close()
    if (fs !== 'nfs' && fs !== 'nfs3') execFileSync('umount', [point])
  })
  afterEach(() => void sh('rm -rf -- * .[!.]*; rm -rf ../other/*'))

  it('counts what is there: names of one file once, other mounts not', async () => {
    const { bytes, inodes, uncertain } = await use()
    assert.deepEqual([bytes, inodes, uncertain], [8192, 4, 0])
    assert.equal(sh('umount mounted').status, 0)
    await agrees('the directory below the mount counts')
  })

  it('refuses the first byte beyond; overwriting, reading, truncating and deleting go on', async () => {
    const { status, said } = sh('dd if=/dev/zero of=big bs=1000 count=2000 2>&1')
    assert.equal(status, 1)
    assert.match(said, /Disk quota exceeded/)
    assert.equal(statSync(join(dir, 'big')).size, Math.floor(LIMIT / 1000) * 1000)
    assert.equal((await agrees('full')).bytes, LIMIT)
    assert.equal(sh('dd if=/dev/zero of=big bs=1000 count=50 conv=notrunc 2>&1').status, 0, 'overwriting in place')
    assert.equal(sh('cat big > /dev/null').status, 0)
    assert.match(sh('dd if=/dev/zero of=another bs=1 count=1').said, /quota/i)
    assert.equal(sh('truncate -s 500000 big').status, 0)
    await agrees('truncated')
    assert.equal(sh('head -c 400000 /dev/zero > another').status, 0, 'there is room again')
    await agrees('two files')
    sh('rm big another')
    assert.deepEqual(await agrees('empty').then(({ bytes, inodes }) => [bytes, inodes]), [0, 0])
  })

  for (const way of WAYS) {
    it(`${way}: with room it grows and is counted, without it is refused and nothing has grown`, async (t) => {
      sh('head -c 6000 /dev/zero > file; head -c 70000 /dev/urandom > ../other/source')
      const step = way === 'insert-range' || way === 'direct' || way === 'clone' ? 69_632 : 70_000
      if (step !== 70_000) truncateSync(join(outside, 'source'), step)
      const first = grow(way, 'file', step, join(outside, 'source'))
      if (first.status === 3) return t.skip(`${fs} cannot: ${first.said.trim()}`)
      assert.deepEqual([first.status, first.said.trim()], [0, 'ok'])
      const before = (await agrees('grown')).bytes
      // Filled but for less than one step.
      assert.equal(sh(`head -c ${LIMIT - before - 40_000} /dev/zero > filler`).status, 0)
      const size = statSync(join(dir, 'file')).size
      const { status, said } = grow(way, 'file', step, join(outside, 'source'))
      assert.deepEqual([status, said.trim()], [1, 'EDQUOT'])
      if (way !== 'splice' && way !== 'after-sendfile') assert.equal(statSync(join(dir, 'file')).size, size)
      assert.ok((await agrees('refused')).bytes <= LIMIT)
    })
  }

  it('room reserved behind the end of a file shows in no size, so it cannot be had', () => {
    sh('head -c 6000 /dev/zero > file')
    const { status, said } = grow('keep-size', 'file', 100_000)
    assert.deepEqual([status, said.trim()], [3, 'EOPNOTSUPP'])
  })

  it('a limit on how many: files, directories, links, nodes; O_TMPFILE when it gets its name', async () => {
    const { said } = sh('for i in $(seq 59); do : > f$i || echo no $i; done; mkdir d; mkdir e; ln -s x s; mknod p p; touch g; ls | wc -l')
    assert.match(said, /60/)
    assert.equal(said.match(/quota/gi)?.length, 4)
    assert.equal(sh('ln f1 other; mv f2 f3').status, 0, 'another name for the same file, and a move')
    await agrees('full of names')
    sh('rm f4')
    assert.equal(sh(': > g').status, 0)
    await agrees('and again')
  })

  it('moves across its border; directories and links are copied, as to another file system', async () => {
    sh('head -c 100000 /dev/zero > ../other/in; head -c 50000 /dev/zero > out; mkdir tree; head -c 30000 /dev/zero > tree/leaf; head -c 9000 /dev/zero > over')
    assert.equal(sh('mv ../other/in .').status, 0)
    await agrees('moved in')
    assert.equal(sh('mv out ../other').status, 0)
    await agrees('moved out')
    assert.equal(sh('mv ../other/out over').status, 0)
    await agrees('moved over another')
    assert.equal(sh('mv tree ../other && mv ../other/tree tree2').status, 0)
    await agrees('directories, copied by mv')
    assert.match(sh('ln over ../other/link').said, /cross-device/i)
    sh(`head -c ${LIMIT} /dev/zero > ../other/large`)
    assert.match(sh('mv ../other/large .').said, /quota/i)
    assert.equal(statSync(join(outside, 'large')).size, LIMIT, 'it is still where it was')
    await agrees('in the end')
  })

  /** Writes 200,000 bytes to a file, deletes it, and with each step() goes on: 50,000 more, the end. */
  function deletedWhileOpen(cwd: string, t: TestContext): { step: () => Promise<void> } {
    const line = 'exec 3> gone; head -c 200000 /dev/zero >&3; rm gone; echo; read x; head -c 50000 /dev/zero >&3; echo; read x'
    const child: ChildProcess = spawn('sh', ['-c', line], { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    let steps = 0
    const step = async () => {
      if (steps > 0) child.stdin?.write('\n')
      if (steps++ < 2) await once(child.stdout as Readable, 'data')
      else await once(child, 'close')
    }
    return { step }
  }

  it('what is deleted while it is open counts until it is closed', async (t) => {
    const { step } = deletedWhileOpen(dir, t)
    await step()
    // A server's client keeps it, under another name.
    const hidden = countedBelow(dir).bytes
    if (!fs.startsWith('nfs')) assert.deepEqual([(await use()).bytes, hidden], [200_704, 0])
    await step()
    assert.equal((await use()).bytes, 253_952)
    await step()
    await agrees('closed')
  })

  it('so it does while it is counted again', async (t) => {
    if (fs.startsWith('nfs')) return t.skip('its client gives it another name')
    const often = new Brake({ dryRun: false, protect: [], ways: [], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 200 })
    const rule = parseRule(`quota 1M ${outside}`)
    assert.ok(rule.ok)
    t.after(() => often.close())
    await often.arm(rule.rule)
    const { step } = deletedWhileOpen(outside, t)
    const counted = async () => {
      for (let i = 0; i < 8; i++) {
        await often.tick()
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      const quota = often.states()[0]?.quota
      return [quota?.bytes, quota?.inodes]
    }
    await step()
    assert.deepEqual(await counted(), [200_704, 1])
    await step()
    assert.deepEqual(await counted(), [253_952, 1])
    await step()
    assert.deepEqual(await counted(), [0, 0])
  })

  it('64 threads at once: none gets beyond it', async () => {
    grow('race', 'own', 100_000)
    const own = await agrees('each its own file')
    assert.ok(own.bytes > LIMIT - 64 * 4096, String(own.bytes))
    assert.ok(own.bytes <= LIMIT || skipped() > 0, String(own.bytes))
    sh('rm own*')
    grow('race', 'one', 100_000, 'one')
    const one = await agrees('all one file')
    assert.ok(one.bytes <= LIMIT || skipped() > 0, String(one.bytes))
    console.log(`${fs}: 64 writers stopped ${LIMIT - own.bytes} and ${LIMIT - one.bytes} bytes before the end, ${skipped()} calls not judged`)
  })

  it('32 threads that move files into it while writing to them: none gets beyond it', async (t) => {
    if (fs.startsWith('nfs')) return t.skip('a client judges its own calls only')
    const runs = Number(process.env.QUOTA_MOVES ?? 1)
    for (let run = 0; run < runs; run++) {
      const { status, said } = sh(`${mover} ${outside} ${dir} 32 ${512 << 10}`)
      assert.equal(status, 0, said)
      const lies = countedBelow(dir).bytes
      const kernel = await use()
      const figures = `${lies - LIMIT} bytes beyond the end by files moved in, ${kernel.bytes - lies} charged too much`
      console.log(`${fs}: ${figures}, ${said.trim()}, ${skipped()} calls not judged`)
      assert.ok(lies <= LIMIT, `${lies} bytes lie there`)
      assert.ok(kernel.bytes >= lies, `${kernel.bytes} bytes by the kernel, ${lies} by a count`)
      sh('rm -f moved*; rm -f ../other/moved*')
    }
    // What was charged twice while a move failed is counted anew.
    await brake.remove(id)
    await arm(`quota 1M,60 ${dir}`)
  })

  it('a file that is open for writing is copied by mv, not moved', async () => {
    sh('head -c 5000 /dev/zero > ../other/open')
    assert.match(sh(`exec 3>> ../other/open; perl -e 'rename("../other/open", "open") or print "$!\\n"'`).said, /cross-device/i)
    assert.equal(sh('exec 3>> ../other/open; mv ../other/open open').status, 0)
    await agrees('copied')
    assert.equal(sh('exec 3>> open; mv open ../other/open').status, 0)
    await agrees('moved out while it is open')
  })

  it('a btrfs snapshot into it is refused, a subvolume is one inode', async (t) => {
    if (fs !== 'btrfs') return t.skip(`${fs} has no snapshots`)
    const source = join(point, 'shop/source')
    assert.equal(sh(`btrfs subvolume create ${source} && head -c 3000000 /dev/zero > ${source}/large && sync`).status, 0)
    const before = await use()
    const { status, said } = sh(`btrfs subvolume snapshot ${source} snapshot 2>&1`)
    assert.notEqual(status, 0)
    assert.match(said, /quota/i)
    assert.equal((await agrees('refused')).bytes, before.bytes)
    assert.equal(sh(`btrfs subvolume snapshot ${source} ../other/snapshot`).status, 0, 'elsewhere')
    assert.equal(sh('btrfs subvolume create sub').status, 0)
    await agrees('one more inode')
    sh(`btrfs subvolume delete sub ../other/snapshot ${source}`)
    await brake.remove(id)
    await arm(`quota 1M,60 ${dir}`)
  })

  it('exchanges of contents are refused on its file system, and on no other; not to exempt programs, and not in a dry run', async (t) => {
    if (fs.startsWith('nfs')) return t.skip('its client has no such call')
    // XFS_IOC_EXCHANGE_RANGE, which says ENOTTY where the file system has none, and EBADF for descriptor 4294967295.
    const exchange = `$_ = "\\xff" x 4 . "\\0" x 36; open(F, "+<", $ARGV[0]); ioctl(F, 0x40285881, $_); print $!+0`
    const code = (file: string) => Number(sh(`: >> ${file}; perl -e '${exchange}' ${file}`).said)
    const [refused, asked] = [95, fs === 'xfs' ? 9 : 25]
    const before = (await use()).bytes
    assert.deepEqual([code(join(dir, 'file')), code(join(outside, 'file'))], [refused, refused])
    assert.equal((await use()).bytes, before)
    // One whose device number ends in the same six bits.
    const alike = join('/mnt', 'alike')
    mkdirSync(alike, { recursive: true })
    t.after(() => void sh(`while umount ${alike}; do :; done 2> /dev/null`))
    for (let i = 0; i < 130 && (statSync(alike).dev & 63) !== (statSync(dir).dev & 63); i++) sh(`mount -t tmpfs none ${alike}`)
    if ((statSync(alike).dev & 63) === (statSync(dir).dev & 63) && statSync(alike).dev !== statSync(dir).dev) assert.equal(code(join(alike, 'file')), 25)
    else t.diagnostic('no device is alike')
    await brake.remove(id)
    assert.equal(code(join(dir, 'file')), asked, 'without a quota')
    const perl = realpathSync('/usr/bin/perl')
    for (const [dryRun, protect] of [
      [true, []],
      [false, [{ text: perl, kind: 'program', path: perl }]],
    ] as [boolean, Protection[]][]) {
      const other = new Brake({ dryRun, protect, ways: [], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 3_600_000 })
      const rule = parseRule(`quota 1M ${dir}`)
      assert.ok(rule.ok)
      await other.arm(rule.rule)
      assert.equal(code(join(dir, 'file')), asked, dryRun ? 'in a dry run' : 'an exempt program')
      await other.close()
    }
    await arm(`quota 1M,60 ${dir}`)
    assert.equal(code(join(dir, 'file')), refused, 'again')
  })

  it('real work: the figure stays what lies there, and a second count says the same', async () => {
    await brake.remove(id)
    await arm(`quota 60M,100000 ${dir}`)
    const work = `set -e; git init -q r; cd r; git config user.email a@b; git config user.name a; for i in 1 2 3; do head -c 300000 /dev/urandom > f$i; git add .; git commit -qm $i; done
      git clone -q . ../clone; git gc -q; cd ..; tar cf a.tar clone; mkdir x; tar xf a.tar -C x; cp -a x y; rm -rf clone; gzip a.tar
      sqlite3 db 'create table t(a); insert into t values(randomblob(100000)); insert into t select a from t; insert into t select a from t; delete from t; vacuum'
      mv y z; dd if=/dev/zero of=sparse bs=1 count=1 seek=3000000 2>/dev/null; truncate -s 100 sparse; rm -rf x/clone/.git`
    const { status, said } = sh(work)
    assert.equal(status, 0, said)
    // How many names a file has, a server's client knows late: then files that are gone count until the next count.
    // A server's client may keep what is deleted (sqlite's journals) for long: it counts until the next count.
    const { bytes } = fs.startsWith('nfs') ? await use() : await agrees('after the work')
    await brake.remove(id)
    await arm(`quota 60M ${dir}`)
    const again = (await agrees('counted anew')).bytes
    if (fs.startsWith('nfs')) console.log(`${fs}: ${bytes - again} bytes were too much before they were counted anew`)
    else assert.equal(again, bytes)
    console.log(`${fs}: ${bytes} by the kernel, ${duBelow(dir)} by du, which counts directories too`)
    sh('rm -rf -- *')
    if (!fs.startsWith('nfs')) assert.deepEqual(await agrees('empty').then((quota) => [quota.bytes, quota.inodes]), [0, 0])
  })

  it('says what it cannot do', async () => {
    await assert.rejects(arm(`quota 1M ${dir}`), /has a quota already/)
    sh('mkdir below; : > file')
    await assert.rejects(arm(`quota 1M ${join(dir, 'below')}`), /one lies in the other/)
    await assert.rejects(arm(`quota 1M ${join(dir, 'nowhere')}`), /there is no such directory/)
    await assert.rejects(arm(`quota 1M ${join(outside, 'file')}`), /no such directory/)
    writeFileSync(join(outside, 'file'), '')
    await assert.rejects(arm(`quota 1M ${join(outside, 'file')}`), /is a file/)
  })
})
