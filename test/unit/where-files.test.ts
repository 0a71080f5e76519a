/** Files that strangers own: whatever they put there, it is read harmlessly or not at all. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import type { GroupFact } from '../../src/batch/batch.ts'
import { namesOf, type Places } from '../../src/kernel/where/container-names.ts'
import { Lane, Turns } from '../../src/kernel/where/lane.ts'
import { jsonBelow, nameBelow, readBelow } from '../../src/kernel/where/safe-read.ts'
import { groupOf } from '../../src/text/cgroup-path.ts'

const folder = mkdtempSync(join(tmpdir(), 'where-'))
after(() => rmSync(folder, { recursive: true }))

function put(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

async function text(names: string[], most = 100): Promise<string | null> {
  const read = await readBelow(folder, names, most)
  return read === null || read === 'same' ? read : read.bytes.toString()
}

describe('readBelow', () => {
  put('etc/passwd', 'root:x:0:0::/:/bin/sh\n')
  put('secret/passwd', 'not yours')
  it('reads a regular file', async () => assert.equal(await text(['etc', 'passwd']), 'root:x:0:0::/:/bin/sh\n'))
  it('follows no link, neither the last name nor one before it', async () => {
    symlinkSync('../secret/passwd', join(folder, 'etc/linked'))
    symlinkSync('secret', join(folder, 'linked'))
    assert.equal(await text(['etc', 'linked']), null)
    assert.equal(await text(['linked', 'passwd']), null)
  })
  it('is held by no FIFO, and opens no device', async () => {
    execFileSync('mkfifo', [join(folder, 'etc/fifo')])
    assert.equal(await text(['etc', 'fifo']), null)
    assert.equal((await readBelow('/dev', ['zero'], 10)) as unknown, null)
  })
  it('reads no more than asked for of a giant, and says so', async () => {
    put('giant', 'x')
    truncateSync(join(folder, 'giant'), 2 ** 40)
    const read = await readBelow(folder, ['giant'], 1000)
    assert.ok(read !== null && read !== 'same')
    assert.deepEqual([read.bytes.length, read.cut], [1000, true])
    assert.equal(await jsonBelow(folder, ['giant'], 1000), null)
  })
  it('takes the beginning of JSON for nothing', async () => {
    put('digits', '12345')
    assert.equal(await jsonBelow(folder, ['digits'], 5), 12345)
    assert.equal(await jsonBelow(folder, ['digits'], 3), null)
  })
  it('takes no folder for a file, nor a file for a folder', async () => {
    assert.equal(await text(['etc']), null)
    assert.equal(await text(['etc', 'passwd', 'more']), null)
    assert.equal(await text(['nowhere', 'passwd']), null)
  })
  it('reads anew only what changed', async () => {
    put('changing', 'one')
    const first = await readBelow(folder, ['changing'], 100)
    assert.ok(first !== null && first !== 'same')
    assert.equal(await readBelow(folder, ['changing'], 100, first.stamp), 'same')
    put('changing', 'another')
    assert.equal(await text(['changing']), 'another')
    assert.notEqual(await readBelow(folder, ['changing'], 100, first.stamp), 'same')
  })
  it('leaves nothing open', async () => {
    for (const names of [['etc', 'passwd'], ['etc', 'linked'], ['etc', 'fifo'], ['no'], ['etc', 'no', 'no']]) await text(names)
    const links = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        // The folder that was just read.
        return ''
      }
    })
    assert.deepEqual(
      links.filter((link) => link.startsWith(folder)),
      [],
    )
  })
})

describe('nameBelow', () => {
  it('looks at so many names only', async () => {
    for (let i = 0; i < 50; i++) put(`many/${i}`, '')
    assert.equal(await nameBelow(folder, ['many'], 1000, (name) => name === '33'), '33')
    let seen = 0
    assert.equal(await nameBelow(folder, ['many'], 10, () => ++seen < 0), null)
    assert.equal(seen, 10)
    assert.equal(await nameBelow(folder, ['linked'], 10, () => true), null)
  })
})

describe('Lane', () => {
  it('does one thing at a time, and gives null for what fails', async () => {
    const lane = new Lane()
    let running = 0
    const job = (fails: boolean) => async () => {
      assert.equal(++running, 1)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running--
      if (fails) throw new Error('no')
      return 7
    }
    assert.deepEqual(await Promise.all([lane.run(job(false)), lane.run(job(true)), lane.run(job(false))]), [7, null, 7])
    await lane.close()
  })
  it('makes nobody wait for a job that is held, and goes on when it comes back', async () => {
    const lane = new Lane(10)
    let free = () => {}
    const held = lane.run(
      () =>
        new Promise<string>((resolve) => {
          free = () => resolve('at last')
        }),
    )
    assert.equal(await lane.run(async () => 1), null, 'who waited before')
    assert.equal(await lane.run(async () => 1), null, 'who comes after')
    free()
    assert.equal(await held, 'at last')
    assert.equal(await lane.run(async () => 1), 1)
    await lane.close()
  })
  it('keeps the program from ending for no longer than it closes, even where a job never comes back', () => {
    // Opened as nobody should: this waits for a writer.
    execFileSync('mkfifo', [join(folder, 'held')])
    const script = `import { open } from 'node:fs/promises'
      import { Lane } from '${new URL('../../src/kernel/where/lane.ts', import.meta.url).pathname}'
      const lane = new Lane(600_000)
      void lane.run(() => open('${join(folder, 'held')}', 'r'))
      await lane.close(50)
      process.exit(0)`
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGABRT',
    })
    assert.equal(run.signal, 'SIGKILL', run.stderr)
  })
  it('takes no more than a thousand, and none when it is closed', async () => {
    const lane = new Lane()
    const all = await Promise.all(Array.from({ length: 1100 }, (_, i) => lane.run(async () => i)))
    assert.equal(all.filter((one) => one !== null).length, 1001)
    await lane.close()
    assert.equal(await lane.run(async () => 1), null)
  })
})

const A = 'a'.repeat(64)
const UID = '0f2d0f9e-5a51-4c5e-9a53-1d2c3b4a5f60'
const places: Places = {
  docker: [join(folder, 'none'), join(folder, 'docker')],
  containerd: [join(folder, 'tasks')],
  storage: [join(folder, 'storage')],
  podLogs: join(folder, 'pods'),
  containerLogs: join(folder, 'containers'),
}
const docker: GroupFact = groupOf(`/docker/${A}`)
const pod = (last = '') => groupOf(`/kubepods/burstable/pod${UID}${last}`)
const find = (group: GroupFact) => namesOf(group, '/', places)

describe('namesOf', () => {
  it("knows docker's, and of the kubelet's containers what they are called there", async () => {
    put(`docker/containers/${A}/config.v2.json`, JSON.stringify({ Name: '/web_1', Config: { Labels: null } }))
    assert.deepEqual(await find(docker), { name: 'web_1' })
    const labels = { 'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.pod.namespace': 'shop', 'io.kubernetes.container.name': 'nginx' }
    put(`docker/containers/${A}/config.v2.json`, JSON.stringify({ Name: '/k8s_nginx_web-0_shop', Config: { Labels: labels } }))
    assert.deepEqual(await find(docker), { name: 'nginx', podName: 'shop/web-0' })
  })
  it("knows containerd's and nerdctl's", async () => {
    const group = pod(`/cri-containerd-${A}.scope`)
    const annotations = { 'io.kubernetes.cri.sandbox-name': 'db-0', 'io.kubernetes.cri.sandbox-namespace': 'shop', 'io.kubernetes.cri.container-name': 'pg' }
    put(`tasks/${A}/config.json`, JSON.stringify({ annotations }))
    assert.deepEqual(await find(group), { name: 'pg', podName: 'shop/db-0' })
    put(`tasks/${A}/config.json`, JSON.stringify({ annotations: { 'nerdctl/name': 'alone' } }))
    assert.deepEqual(await find(groupOf(`/system.slice/nerdctl-${A}.scope`)), { name: 'alone' })
  })
  it("knows CRI-O's by annotation, podman's from the storage's list", async () => {
    put('storage/overlay-containers/containers.json', JSON.stringify([{ id: 'b' }, null, { id: A, names: ['my-db'] }]))
    assert.deepEqual(await find(groupOf(`/machine.slice/libpod-${A}.scope`)), { name: 'my-db' })
    const annotations = { 'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.pod.namespace': 'shop', 'io.kubernetes.container.name': 'nginx' }
    put(`storage/overlay-containers/${A}/userdata/config.json`, JSON.stringify({ annotations }))
    assert.deepEqual(await find(pod(`/crio-${A}.scope`)), { name: 'nginx', podName: 'shop/web-0' })
  })
  it('knows pods from the folders of their logs', async () => {
    put(`pods/shop_web-0_${UID}/nginx/0.log`, '')
    put(`containers/web-0_shop_nginx-${'c'.repeat(64)}.log`, '')
    assert.deepEqual(await find(pod()), { podName: 'shop/web-0' })
    assert.deepEqual(await find(pod(`/${'c'.repeat(64)}`)), { name: 'nginx', podName: 'shop/web-0' })
    assert.deepEqual(await find(pod(`/${'d'.repeat(64)}`)), { podName: 'shop/web-0' })
  })
  it('looks for no path in what is no id', async () => {
    put('elsewhere/config.v2.json', '{"Name":"stolen"}')
    assert.deepEqual(await find({ kind: 'docker', label: '', id: '../../elsewhere' }), {})
    assert.deepEqual(await find(groupOf('/lxc/web')), {})
  })
  it('makes nothing of nonsense, and never fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.constant('{"Name":{},"Config":{"Labels":{"io.kubernetes.pod.name":[1]}}}')), async (content) => {
        put(`docker/containers/${A}/config.v2.json`, content)
        assert.deepEqual(await find(docker), {})
      }),
      { numRuns: 100 },
    )
    put('storage/overlay-containers/containers.json', '{"id":')
    rmSync(join(folder, `storage/overlay-containers/${A}`), { recursive: true })
    assert.deepEqual(await find(groupOf(`/machine.slice/libpod-${A}.scope`)), {})
  })
})

describe('all lanes together', () => {
  it('occupy two threads at most, and a lane whose turn does not come fails its jobs', async () => {
    const turns = new Turns(2)
    const lanes = Array.from({ length: 4 }, () => new Lane(20, turns))
    const free: (() => void)[] = []
    let begun = 0
    const job = () => {
      begun++
      return new Promise<number>((resolve) => free.push(() => resolve(1)))
    }
    const results = lanes.map((lane) => lane.soon(job))
    assert.deepEqual(await Promise.all(results), [null, null, null, null], 'the first two are held, the others do not begin')
    assert.equal(begun, 2)
    assert.equal(await lanes[3]?.run(async () => 5), null, 'refused at once')
    for (const release of free) release()
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(await Promise.all(lanes.map((lane) => lane.soon(async () => 5))), [5, 5, 5, 5])
    await Promise.all(lanes.map((lane) => lane.close()))
  })
})
