/** Hold and ask, in a guest: calls and processes that are not held as any other is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { answer, arm, asked, asker, at, brake, cleanUp, folder, sh, sleep, start, text, until, way } from './held.ts'

describe(`calls that are held by ${way}`, () => {
  cleanUp()

  it('new files: asked before they are made, so that an exclusive open goes on', async () => {
    await arm(`ask open ${folder}/**`)
    const { ended, said } = sh(`set -C; echo made > ${at('fresh')} && echo ok`)
    await answer(await asked(({ path }) => path === at('fresh')), 'allow')
    assert.equal(await ended, 0)
    assert.deepEqual([said(), text('fresh')], ['ok\n', 'made\n'])
  })

  it('a rename of two names under one rule is one question', async () => {
    writeFileSync(at('from'), 'f')
    writeFileSync(at('to'), 't')
    await arm(`ask rename,delete ${folder}/**`)
    const { ended } = sh(`exec mv ${at('from')} ${at('to')}`)
    await answer(await asked(), 'allow')
    assert.equal(await ended, 0)
    assert.equal(text('to'), 'f')
  })

  it('every thread of a process, each with its own answer', async () => {
    writeFileSync(at('threads'), '')
    await arm(`ask open ${at('threads')}`)
    const { ended, said } = start(asker, 'threads', at('threads'), '4')
    let allowed = 0
    for (const answered = new Set<number>(); answered.size < 4; ) {
      const ask = await asked(({ tid }) => !answered.has(tid))
      answered.add(ask.tid)
      await answer(ask, allowed++ < 2 ? 'allow' : 'deny')
    }
    assert.equal(await ended, 0)
    assert.equal(said().trim(), '2 opened, 2 refused')
  })

  it('a traced process: the tracer sees the stop, and the answer holds', async () => {
    writeFileSync(at('traced'), 't')
    await arm(`ask open ${at('traced')}`)
    const { ended, said } = start('strace', '-qq', '-o', at('trace'), '-e', 'trace=openat', 'cat', at('traced'))
    await answer(await asked(), 'allow')
    assert.equal(await ended, 0)
    assert.equal(said(), 't')
    assert.match(text('trace'), /ERESTARTNOINTR/)
  })

  it('requests of io_uring and AIO cannot be held: they are refused', async () => {
    writeFileSync(at('uring'), 'u')
    const uring = start(asker, 'requests', at('uring'))
    await until('it is ready', () => uring.said().includes('ready'))
    const { id: rule } = await arm(`ask write ${at('uring')}`)
    process.kill(uring.child.pid as number, 'SIGUSR1')
    assert.equal(await uring.ended, 0)
    console.log(uring.said().trim().replaceAll('\n', '; '))
    assert.doesNotMatch(uring.said(), /wrote/)
    assert.equal(text('uring'), 'u')
    await brake.tick()
    assert.ok((brake.states().find(({ id }) => id === rule)?.hits ?? 0) > 0)
  })

  it('an answer is for what was asked: a path that changes while it waits is asked about again', async () => {
    for (const name of ['shown', 'meant']) writeFileSync(at(name), name)
    await arm(`ask open ${at('shown')}`)
    await arm(`ask open ${at('meant')}`)
    rmSync(at('link'), { force: true })
    execFileSync('ln', ['-s', at('shown'), at('link')])
    const { ended, said } = sh(`exec cat ${at('link')}`)
    const first = await asked()
    assert.equal(first.path, at('shown'))
    execFileSync('ln', ['-sfn', at('meant'), at('link')])
    await answer(first, 'allow')
    const second = await asked(({ id }) => id !== first.id)
    assert.equal(second.path, at('meant'))
    await answer(second, 'deny')
    assert.deepEqual([await ended, said()], [1, ''])
  })

  it('a handler that runs before the call is made again has no part in its answer', async () => {
    for (const name of ['call', 'handler']) writeFileSync(at(name), name)
    await arm(`ask open ${folder}/** by !comm=node`)
    const { ended, said } = start(asker, 'handler', at('call'), at('handler'))
    for (let over = false, asks = 0; !over && asks < 10; asks++) {
      const ask = await Promise.race([asked(), ended.then(() => null)])
      if (ask === null) over = true
      else await answer(ask, ask.path === at('handler') ? 'deny' : 'allow')
    }
    assert.equal(await Promise.race([ended, sleep(5000)]), 0)
    assert.deepEqual(said().trim().split('\n').sort(), ['call opened', 'handler refused'])
  })

  it('a descriptor that is passed: dropped, and nobody is left stopped', async () => {
    writeFileSync(at('passed'), 'p')
    const script = `import os, socket, sys, time
a, b = socket.socketpair()
if os.fork() == 0:
  open('/proc/self/comm', 'w').write('receiver'); time.sleep(1)
  fds = socket.recv_fds(b, 10, 1)[1]; print('received', len(fds), flush=True); os._exit(0)
socket.send_fds(a, [b'x'], [os.open('${at('passed')}', os.O_RDONLY)]); print('sent', flush=True); os.wait()`
    const { ended, said } = start('python3', '-c', script)
    await until('it was sent', () => said().includes('sent'))
    await arm(`ask open ${at('passed')} by comm=receiver`)
    await ended
    assert.match(said(), /received/)
  })

  it('a program whose name is ruled starts: what it maps is not asked about half way', async () => {
    execFileSync('cp', ['/bin/true', at('mytrue')])
    await arm(`ask read ${folder}/** by comm=mytrue`)
    assert.equal(await start(at('mytrue')).ended, 0)
  })

  it('a thread that is held although the first one of its process has ended', async () => {
    writeFileSync(at('orphan'), 'o')
    await arm(`ask open ${at('orphan')}`)
    const { ended, said } = start(asker, 'leaderless', at('orphan'))
    await answer(await asked(), 'allow')
    await ended
    assert.match(said(), /opened/)
  })
})
