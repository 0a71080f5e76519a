/** BPF programs of others on the hooks of rules: how they are recognized, and where it is said. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { OtherWatch } from '../../src/commands/other-watch.ts'
import type { Addon, AttachedProgram } from '../../src/kernel/addon.ts'
import type { FoundProgram } from '../../src/kernel/guard/other-programs.ts'
import { hooksOf, OtherPrograms } from '../../src/kernel/guard/other-programs.ts'
import type { OtherProgram } from '../../src/rules/control.ts'
import { othersBadge, othersSentences } from '../../src/rules/others.ts'
import { enforcementLines } from '../../src/ui/rule-detail.ts'
import { badge } from '../../src/ui/rules-view.ts'

const ours = (pid: number | null, name = 'lsm_file_open'): OtherProgram => ({
  ...{ name, kind: 'lsm', hook: 'bpf_lsm_file_open', isFswatch: true, pid, comm: 'node' },
})
const theirs: OtherProgram = { name: 'tetra\x1b[2J', kind: 'fmod_ret', hook: 'security_file_open', isFswatch: false, pid: 7, comm: 'tetragon' }
const textOf = (line: { text: string }[]) => line.map(({ text }) => text).join('')

describe('programs of others', () => {
  it('are said once a program, of another fswatch-tui once a process', () => {
    assert.deepEqual(othersSentences([ours(4), ours(4, 'lsm_file_ioctl')]), [
      'another fswatch-tui (pid 4) enforces rules or quotas: the one that loaded last decides first',
    ])
    const [sentence = ''] = othersSentences([theirs, { ...theirs, hook: null }])
    assert.match(sentence, /^another BPF program can refuse the same calls: tetra.*\[2J \(fmod_ret\) of tetragon \(7\) on security_file_open, a function that/)
    assert.ok(!sentence.includes('\x1b'))
    assert.equal(othersSentences([]).length, 0)
  })
  it('are counted in the header beside the rules; another fswatch-tui also before the first rule', () => {
    assert.equal(othersBadge([ours(4), ours(4)]), 'beside another fswatch-tui')
    assert.equal(othersBadge([ours(4), ours(5), theirs]), 'beside 2 other fswatch-tui')
    assert.equal(othersBadge([theirs]), 'beside 1 other BPF program')
    const enforcement = (way: string, others: OtherProgram[]) => ({ way, why: [], skipped: 0, others })
    assert.match(textOf(badge(enforcement('lsm', [theirs]), [])), /0 rules by lsm beside 1 other BPF program$/)
    assert.equal(textOf(badge(enforcement('idle', [theirs]), [])), '')
    assert.match(textOf(badge(enforcement('idle', [ours(4)]), [])), /beside another fswatch-tui/)
  })
  it('stand in the rules view', () => {
    const lines = enforcementLines({ way: 'lsm', why: ['a reason'], skipped: 0, others: [ours(null)] }, 100).map(textOf)
    assert.match(lines[1] ?? '', /^- another fswatch-tui enforces rules/)
    assert.match(lines.at(-1) ?? '', /- a reason/)
    assert.deepEqual(enforcementLines({ way: 'idle', why: [], skipped: 0 }, 100), [])
  })
  it('are found by what the kernel tells: on our functions, or where it does not tell', async () => {
    const hooks = hooksOf([
      { name: 'lsm_file_permission', section: 'lsm/file_permission' },
      { name: 'fmod_ret_file_open', section: 'fmod_ret/security_file_open' },
      { name: 'guard_learn', section: 'fentry/security_inode_getattr' },
    ])
    assert.deepEqual(
      [...hooks],
      [
        ['lsm_file_permis', 'bpf_lsm_file_permission'],
        ['fmod_ret_file_o', 'security_file_open'],
      ],
    )
    const attached: AttachedProgram[] = [
      { link: 1e9, program: 1, name: 'other', kind: 'lsm', function: 'bpf_lsm_socket_create' },
      { link: 1e9 + 1, program: 2, name: 'old', kind: 'lsm', function: null },
      { link: 1e9 + 2, program: 3, name: 'lsm_file_permis', kind: 'lsm', function: null },
      { link: 1e9 + 3, program: 4, name: 'tracee', kind: 'fmod_ret', function: 'security_file_open' },
    ]
    class Opened {
      programs = () => [
        { name: 'lsm_file_permission', section: 'lsm/file_permission' },
        { name: 'fmod_ret_file_open', section: 'fmod_ret/security_file_open' },
      ]
      close = () => {}
    }
    let rests = 0
    const slices = { rest: async () => void rests++ }
    const found = await new OtherPrograms({ attachedPrograms: () => attached, Object: Opened } as unknown as Addon, slices).find()
    assert.ok(rests > readdirSync('/proc/self/fd').length, 'the main thread is given back between two descriptors')
    assert.deepEqual(
      found.map(({ name, hook, isFswatch, pid }) => [name, hook, isFswatch, pid]),
      [
        ['old', null, false, null],
        ['lsm_file_permis', 'bpf_lsm_file_permission', true, null],
        ['tracee', 'security_file_open', false, null],
      ],
    )
    const refused = { attachedPrograms: () => assert.fail('EPERM') } as unknown as Addon
    assert.deepEqual(await new OtherPrograms(refused).find(), [])
    // The package may be replaced while the program runs.
    const replaced = { attachedPrograms: () => attached, Object: () => assert.fail('ENOENT') } as unknown as Addon
    assert.deepEqual(await new OtherPrograms(replaced).find(), [])
  })

  it('are looked for now and then, one search at a time, and nothing waits for it', async () => {
    let [bootMs, begun] = [0, 0]
    let answer: (found: FoundProgram[]) => void = () => {}
    const find = () => {
      begun++
      return new Promise<FoundProgram[]>((resolve) => {
        answer = resolve
      })
    }
    const said: string[] = []
    const clock = { bootNs: () => BigInt(bootMs) * 1_000_000n, wallMs: () => bootMs }
    const watch = new OtherWatch(
      (sentence) => void said.push(sentence),
      clock,
      () => ({ find }),
    )
    const settled = () => new Promise((resolve) => setImmediate(resolve))
    watch.look()
    bootMs = 60_000
    watch.look()
    assert.deepEqual([begun, watch.found], [1, []])
    answer([{ ...theirs }])
    await settled()
    assert.deepEqual([watch.found.length, said.length], [1, 1])
    watch.look()
    watch.look()
    assert.equal(begun, 2)
    answer([])
    await settled()
    bootMs += 9999
    watch.look()
    assert.deepEqual([begun, watch.found], [2, []])
    bootMs += 1
    watch.look()
    assert.equal(begun, 3)
  })
})
