/** Quotas as the brake keeps them, over a kernel that is played: states, warnings, ends, and when it is counted again. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Listed, newState } from '../../src/commands/entry.ts'
import { QuotaDesk, type QuotaDeskKernel } from '../../src/commands/quota-desk.ts'
import type { Clock } from '../../src/kernel/boot-clock.ts'
import type { KernelUsage } from '../../src/kernel/quota/bytes.ts'
import type { Protection } from '../../src/rules/protection.ts'
import { parsed } from './rule-lines.ts'

const RECOUNT_MS = 600_000

/** Adds up nothing but what a test says. */
class PlayedKernel implements QuotaDeskKernel {
  usage: KernelUsage = { bytes: 0, inodes: 0, moved: 0, shuffled: 0, refused: 0, exempted: 0, unforeseen: 0, lastNs: 0, lastPid: 0 }
  skipped = 0
  /** what was called, and how often it was asked what was skipped */
  readonly calls: string[] = []
  asked = 0
  /** how often it was told what was counted, and looked at */
  bases = 0
  looks = 0

  protect({ text }: Protection): string[] {
    this.calls.push(`protect ${text}`)
    return []
  }
  refreshProtection(): void {}
  make(_: string, refuses: boolean) {
    this.calls.push(refuses ? 'make' : 'make, refuses nothing')
    return { index: 0, serial: 1 }
  }
  setBase(): void {
    this.bases++
  }
  setLimits(_: unknown, bytes: number | null, inodes: number | null, enforced: boolean): void {
    this.calls.push(`limits ${bytes} ${inodes}${enforced ? '' : ' counted only'}`)
  }
  raw() {
    this.looks++
    return { ...this.usage }
  }
  async nameless() {
    return new Map<bigint, never>()
  }
  remove(): void {
    this.calls.push('remove')
  }
  async writers() {
    return []
  }
  skippedRuns(): number {
    this.asked++
    return this.skipped
  }
  close(): void {
    this.calls.push('close')
  }
}

let folder = ''
let kernel = new PlayedKernel()
let said: string[] = []
/** ms since boot, and how far ahead of it the wall clock is set */
let [nowMs, wallMs] = [0, 0]
const clock: Clock = { bootNs: () => BigInt(nowMs) * 1_000_000n, wallMs: () => nowMs + wallMs }
let nextId = 1

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fswatch-tui-desk-'))
  kernel = new PlayedKernel()
  said = []
  nowMs = 1_000_000_000
  wallMs = 5_000_000_000
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const deskOf = (dryRun = false, protect: Protection[] = []) =>
  new QuotaDesk(
    { recountMs: RECOUNT_MS, dryRun, protect },
    (sentence) => void said.push(sentence),
    clock,
    () => kernel,
  )
const listed = (line: string): Listed => ({ state: newState(nextId++, parsed(line)), expiresBootMs: null })

async function armed(desk: QuotaDesk, line = `quota 1M ${folder}`): Promise<Listed> {
  const entry = listed(line)
  await desk.arm(entry)
  return entry
}

/** A tick so much later. Did it begin a count? That looks at the kernel's figure a second time. */
async function tickAfter(desk: QuotaDesk, ms: number): Promise<boolean> {
  nowMs += ms
  const before = kernel.looks
  await desk.tick()
  return kernel.looks - before > 1
}

/** Counts end when the file system has answered. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1))
}

describe('a quota from its arming to its end', () => {
  it('is counting until what is there was counted; then its limits hold', async () => {
    writeFileSync(join(folder, 'file'), 'x')
    const entry = listed(`quota 1M,5 ${folder} for 1h`)
    const arming = deskOf(false, [{ text: 'sshd', kind: 'name', name: 'sshd' }]).arm(entry)
    assert.equal(entry.state.state, 'counting')
    assert.deepEqual(kernel.calls, ['protect sshd', 'make'])
    await arming
    const { state, expiresMs, quota } = entry.state
    assert.deepEqual([state, expiresMs, quota?.bytes, quota?.inodes], ['armed', nowMs + wallMs + 3_600_000, 4096, 1])
    assert.deepEqual(kernel.calls, ['protect sshd', 'make', 'limits 1048576 5'])
  })

  it('is counted only in a dry run', async () => {
    await armed(deskOf(true))
    assert.deepEqual(kernel.calls, ['make, refuses nothing', 'limits 1048576 null counted only'])
  })

  it('disarmed while it is counted, it is never armed', async () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(join(folder, name))
    const desk = deskOf()
    const entry = listed(`quota 1M ${folder}`)
    const arming = desk.arm(entry)
    desk.disarm(entry)
    await assert.rejects(arming, /counting was stopped/)
    assert.equal(entry.state.state, 'disarmed')
    assert.ok(!kernel.calls.some((call) => call.startsWith('limits')))
  })

  it('expires by itself, and takes no tick more', async () => {
    const desk = deskOf()
    const entry = await armed(desk, `quota 1M ${folder} for 10s`)
    await tickAfter(desk, 9_999)
    assert.equal(entry.state.state, 'armed')
    await tickAfter(desk, 1)
    assert.equal(entry.state.state, 'expired')
    assert.equal(kernel.calls.at(-1), 'remove')
  })

  it('neither expires nor is counted again because the wall clock is set', async () => {
    const desk = deskOf()
    const entry = await armed(desk, `quota 1M ${folder} for 1h`)
    for (const shiftMs of [86_400_000, -2 * 86_400_000]) {
      wallMs += shiftMs
      assert.ok(!(await tickAfter(desk, 1000)), 'it is counted again')
      assert.equal(entry.state.state, 'armed')
    }
    assert.equal(entry.state.quota?.countedMs, nowMs + wallMs - 2000, 'the time of its count is shown by the wall clock as it is set now')
  })

  it('takes new limits in place on the same directory, and not on another, nor while it is counted or once it is disarmed', async () => {
    const desk = deskOf()
    const entry = listed(`quota 1M ${folder}`)
    const arming = desk.arm(entry)
    assert.ok(!desk.change(entry, parsed(`quota 2M ${folder}`)))
    await arming
    assert.ok(desk.change(entry, parsed(`quota 2M ${folder} for 1m`)))
    assert.deepEqual([entry.state.rule.action, entry.state.expiresMs], [parsed(`quota 2M ${folder}`).action, nowMs + wallMs + 60_000])
    assert.equal(entry.state.text, `quota 2M ${folder} for 1m`)
    assert.equal(kernel.calls.at(-1), 'limits 2097152 null')
    assert.ok(!desk.change(entry, parsed('quota 2M /')))
    assert.ok(!desk.change(entry, parsed(`deny write ${folder}`)))
    desk.disarm(entry)
    assert.ok(!desk.change(entry, parsed(`quota 3M ${folder}`)))
  })

  it('none within another, whichever was there first', async () => {
    const inside = join(folder, 'inside')
    mkdirSync(inside)
    mkdirSync(`${inside}-not`)
    const desk = deskOf()
    await armed(desk, `quota 1M ${inside}`)
    await assert.rejects(armed(desk), /one lies in the other/)
    await armed(desk, `quota 1M ${inside}-not`)
  })

  it('with the desk all end, and the kernel’s part goes', async () => {
    const desk = deskOf()
    await armed(desk)
    desk.close()
    assert.deepEqual(kernel.calls.slice(-2), ['remove', 'close'])
    assert.equal(desk.way, null)
  })
})

it('what fills up is said once, and again only after it was emptier', async () => {
  const desk = deskOf()
  const entry = await armed(desk, `quota 100K ${folder} warn 50%`)
  for (const kilobytes of [40, 60, 70, 100, 80, 100, 10, 60]) {
    kernel.usage = { ...kernel.usage, bytes: kilobytes * 1024, refused: kilobytes }
    await tickAfter(desk, 100)
    assert.deepEqual([entry.state.quota?.bytes, entry.state.hits], [kilobytes * 1024, kilobytes])
  }
  const [warned, full] = [`the quota on ${folder} is 60 % full`, `the quota on ${folder} is full`]
  assert.deepEqual(said, [warned, full, warned])
  assert.ok(desk.change(entry, parsed(`quota 100K ${folder} warn 55%`)))
  await tickAfter(desk, 100)
  assert.deepEqual(said, [warned, full, warned, warned], 'and after a change')
})

describe('calls that the kernel skipped', () => {
  it('are asked about every two seconds, not at each tick', async () => {
    const desk = deskOf()
    await armed(desk)
    await tickAfter(desk, 0)
    assert.equal(kernel.asked, 1)
    for (let i = 0; i < 50; i++) await tickAfter(desk, 200)
    assert.equal(kernel.asked, 6)
  })

  it('lead to another count when they are found', async () => {
    const desk = deskOf()
    const entry = await armed(desk)
    await tickAfter(desk, 0)
    writeFileSync(join(folder, 'unseen'), 'x')
    kernel.skipped = 3
    assert.equal(await tickAfter(desk, 1999), false)
    assert.equal(desk.skipped, 0)
    assert.equal(await tickAfter(desk, 1), true)
    assert.equal(desk.skipped, 3)
    await until(() => kernel.bases === 2)
    assert.equal(entry.state.state, 'armed')
    assert.equal(await tickAfter(desk, 60_000), false, 'the count was exact')
  })

  it('are asked about at each tick while no count was exact', async () => {
    const desk = deskOf()
    await armed(desk)
    kernel.skipped = 1
    // Something moves in every count.
    const raw = kernel.raw.bind(kernel)
    kernel.raw = () => ({ ...raw(), moved: kernel.looks })
    assert.equal(await tickAfter(desk, 2000), true)
    for (let i = 1; i <= 5; i++) {
      await tickAfter(desk, 10)
      assert.equal(kernel.asked, 1 + i)
    }
  })

  it('while it is counted for the first time lead to another count as well', async () => {
    const desk = deskOf()
    const entry = listed(`quota 1M ${folder}`)
    const arming = desk.arm(entry)
    kernel.skipped = 1
    assert.equal(await tickAfter(desk, 0), false)
    await arming
    assert.equal(await tickAfter(desk, 1), true)
  })

  it('are all told by the last tick', async () => {
    const desk = deskOf()
    await armed(desk)
    await tickAfter(desk, 0)
    kernel.skipped = 7
    await desk.tick()
    assert.equal(desk.skipped, 0)
    await desk.tick(true)
    assert.equal(desk.skipped, 7)
  })
})

it('is counted again when it is time', async () => {
  const desk = deskOf()
  const entry = await armed(desk)
  writeFileSync(join(folder, 'unseen'), 'x')
  assert.equal(await tickAfter(desk, RECOUNT_MS - 1), false)
  assert.equal(await tickAfter(desk, 1), true)
  await until(() => kernel.bases === 2)
  assert.equal(entry.state.state, 'armed')
  assert.equal(await tickAfter(desk, 1000), false)
})

it('what moved within it while it was counted has it counted again: soon, then ever more rarely, until nothing moves', async () => {
  const desk = deskOf()
  /** A count looks once more at its end, and knows the rest in the same turn. */
  const counted = async () => {
    const { looks } = kernel
    await until(() => kernel.looks > looks)
    await new Promise((resolve) => setImmediate(resolve))
  }
  // Each look finds that something has got another name since the last one.
  const still = kernel.raw.bind(kernel)
  kernel.raw = () => {
    kernel.usage.shuffled += 4096
    return still()
  }
  const { state } = await armed(desk)
  assert.equal(state.state, 'armed')
  assert.equal(await tickAfter(desk, 900), false)
  assert.equal(await tickAfter(desk, 200), true)
  await counted()
  assert.equal(await tickAfter(desk, 1500), false, 'twice as long')
  kernel.raw = still
  assert.equal(await tickAfter(desk, 600), true)
  await counted()
  assert.equal(await tickAfter(desk, 60_000), false, 'it was exact')
  assert.equal(kernel.bases, 1, 'nothing was put right for certain')
})
