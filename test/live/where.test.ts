/** Containers and users of processes that really run so: a group called as docker calls its own, a root folder and users of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ProcessFact } from '../../src/batch/batch.ts'
import { identityOf } from '../../src/kernel/guard/exempt.ts'
import { LiveSource } from '../../src/kernel/live.ts'
import { userNames } from '../../src/kernel/users.ts'
import { Cgroups } from '../../src/kernel/where/cgroups.ts'
import { Lane } from '../../src/kernel/where/lane.ts'
import { UsersInside } from '../../src/kernel/where/users-inside.ts'
import { groupOf } from '../../src/text/cgroup-path.ts'
import { processFact } from '../unit/batches.ts'

const tree = /^\S+ (\S+) cgroup2 rw/m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1]
const root = process.getuid?.() === 0

function factOf(pid: number, some: Partial<ProcessFact>): ProcessFact {
  return processFact(`${pid}.${identityOf(pid)?.birth}`, some)
}

describe('the group of a process', { skip: (!root || !tree) && 'needs root and a writable cgroup v2' }, () => {
  const id = 'f'.repeat(63).concat(String(process.pid % 10))
  const path = join(tree ?? '', `docker-${id}.scope`)
  let inside: ChildProcess
  before(() => {
    mkdirSync(path)
    inside = spawn('sh', ['-c', `echo $$ > ${path}/cgroup.procs; echo; exec sleep 100`], { stdio: ['ignore', 'pipe', 'ignore'] })
  })
  after(async () => {
    inside.kill()
    await new Promise((resolve) => inside.once('close', resolve))
    rmdirSync(path)
  })
  it('is known at once from a process that is in it, and by a scan when that is gone', async () => {
    await new Promise((resolve) => inside.stdout?.once('data', resolve))
    const number = String(statSync(path, { bigint: true }).ino)
    const groups = new Cgroups()
    assert.equal(groupOf(groups.pathOf(number, inside.pid as number) ?? '').id, id)
    const others = new Cgroups()
    assert.equal(others.pathOf(number, 2 ** 30), undefined)
    await others.scan()
    assert.equal(groupOf(others.pathOf(number, 2 ** 30) ?? '').id, id)
    groups.close()
    others.close()
  })
  it("stands in a live source's records of processes", async () => {
    const source = LiveSource.open({ attach: 'auto', intervalMs: 50, maxEntries: 1024, filter: { cgroup: path }, events: false })
    const busy = spawn('sh', ['-c', `echo $$ > ${path}/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=1 status=none`], { stdio: 'ignore' })
    try {
      let found: ProcessFact | undefined
      while (!found) found = (await source.next())?.processes.find(({ comm, group }) => comm === 'dd' && group !== undefined)
      assert.deepEqual(found.group, { kind: 'docker', label: 'ffffffffffff', id })
    } finally {
      busy.kill()
      await new Promise((resolve) => busy.once('close', resolve))
      await source.close()
    }
  })
})

describe('users where a process runs', { skip: !root && 'needs root' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'inside-'))
  let inside: ChildProcess | null = null
  const lane = new Lane()
  after(async () => {
    await lane.close()
    rmSync(folder, { recursive: true })
  })
  afterEach(async () => {
    inside?.kill('SIGKILL')
    await new Promise((resolve) => (inside ? inside.once('close', resolve) : resolve(null)))
    inside = null
  })

  /** A process in a mount namespace of its own, whose root is another file system with `prepare` done in it. */
  async function started(prepare: string, flags: string[] = []): Promise<number> {
    const script = `mount -t tmpfs none ${folder} && cd ${folder} && mkdir etc usr && mount --rbind /usr usr && for d in bin lib lib64; do ln -s usr/$d $d; done
      ${prepare}
      mkdir old && pivot_root . old && cd / && exec sh -c "echo; exec sleep 100"`
    inside = spawn('unshare', ['-m', ...flags, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => inside?.stdout?.once('data', resolve))
    return inside.pid as number
  }
  /** What comes when all is read. */
  async function nameOf(users: UsersInside, fact: ProcessFact): Promise<string | undefined> {
    for (;;) {
      const name = users.nameOf(fact, true)
      if (name !== null) return name
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const users = () => new UsersInside(lane, { ...userNames(), 4711: 'here', 4712: 'alsohere' })

  it('are those of its own passwd file; those it does not know have no name', async () => {
    const pid = await started("printf 'root:x:0:0\\nthere:x:4711:1\\n' > etc/passwd")
    const inside = users()
    assert.equal(await nameOf(inside, factOf(pid, { uid: 4711 })), 'there')
    assert.equal(await nameOf(inside, factOf(pid, { uid: 4712 })), '')
    assert.equal(await nameOf(inside, factOf(pid, { uid: 0 })), undefined, 'called the same here')
    assert.equal(await nameOf(inside, { ...factOf(pid, { uid: 4711 }), id: `${pid}.1`, cgroup: '99' }), undefined, 'an older one that had this number')
  })
  it('are known of one that is gone too, from others in its container', async () => {
    const pid = await started("echo 'there:x:4711:1' > etc/passwd")
    const inside = users()
    assert.equal(await nameOf(inside, factOf(pid, { uid: 4711, cgroup: '77' })), 'there')
    const gone = processFact('1073741824.1', { uid: 4711, cgroup: '77' })
    assert.equal(inside.nameOf(gone, true), 'there')
    assert.equal(inside.nameOf({ ...gone, cgroup: '78' }, true), undefined)
  })
  it("are this machine's where it has put something else in the place of a file", async () => {
    // A link there would lead here, where such a file is.
    const outside = mkdtempSync(join(tmpdir(), 'outside-'))
    writeFileSync(join(outside, 'passwd'), 'stolen:x:4711:1')
    const links = [`ln -s ${outside}/passwd etc/passwd`, `rmdir etc; ln -s ${outside} etc`]
    for (const trap of [...links, 'mkfifo etc/passwd', 'mkdir etc/passwd', 'mknod etc/passwd c 1 5', 'true']) {
      const pid = await started(trap)
      assert.equal(await nameOf(users(), factOf(pid, { uid: 4711 })), undefined, trap)
      inside?.kill('SIGKILL')
    }
    rmSync(outside, { recursive: true })
  })
  it('are read from the beginning of a giant file', async () => {
    const pid = await started("echo 'there:x:4711:1' > etc/passwd; truncate -s 1T etc/passwd; printf 'late:x:4712:1\\n' >> etc/passwd")
    const inside = users()
    assert.equal(await nameOf(inside, factOf(pid, { uid: 4711 })), 'there')
    assert.equal(await nameOf(inside, factOf(pid, { uid: 4712 })), '')
  })
  it('are counted as its user namespace counts', async () => {
    const pid = await started("echo 'there:x:711:1' > etc/passwd")
    // The namespace of another, with a map as rootless podman makes it.
    const mapped = spawn('nsenter', ['-t', String(pid), '-m', 'unshare', '-U', 'sh', '-c', 'echo; exec sleep 100'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await new Promise((resolve) => mapped.stdout?.once('data', resolve))
      writeFileSync(`/proc/${mapped.pid}/uid_map`, '0 100000 65536\n')
      const inside = users()
      assert.equal(await nameOf(inside, factOf(mapped.pid as number, { uid: 100_711 })), 'there')
      assert.equal(await nameOf(inside, factOf(mapped.pid as number, { uid: 100_001 })), undefined)
      assert.equal(await nameOf(inside, factOf(mapped.pid as number, { uid: 4711 })), undefined, 'not in the map: as here')
    } finally {
      mapped.kill('SIGKILL')
    }
  })
  it("are this machine's for whoever runs in its root folder, in a mount namespace of his own or not", async () => {
    const inside = users()
    assert.equal(await nameOf(inside, factOf(process.pid, { uid: 4711 })), undefined)
    const own = spawn('unshare', ['-m', 'sh', '-c', 'echo; exec sleep 100'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => own.stdout?.once('data', resolve))
    try {
      assert.equal(await nameOf(inside, factOf(own.pid as number, { uid: 4711 })), undefined)
    } finally {
      own.kill()
    }
  })
})
