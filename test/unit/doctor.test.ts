/** What doctor says of quotas: that they can be kept, or in a sentence why not. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { quotaSentence } from '../../src/commands/doctor.ts'

const fails = (message: string) => () => {
  throw new Error(`quotas cannot be kept on this kernel: ${message}`)
}

it('quotas can be kept: what was tried is closed at once', () => {
  let closed = 0
  assert.equal(
    quotaSentence(() => ({ close: () => void closed++ }), false),
    'Quotas can be kept, by fmod_ret.',
  )
  assert.equal(closed, 1)
})

it('quotas cannot be kept: why, once, and no more than a sentence', () => {
  for (const [message, why] of [
    [
      'loading the BPF object quota failed at program guard_learn: Operation not permitted (EPERM)',
      'it refuses programs of this type (not root, or forbidden by its configuration)',
    ],
    ['this kernel has no vfs_rename()', 'this kernel has no vfs_rename()'],
    ['its programs are attached, but a write beyond a limit passes', 'its programs are attached, but a write beyond a limit passes'],
  ] as const)
    assert.equal(quotaSentence(fails(message), false), `Quotas cannot be kept on this kernel: ${why}.`)
})

it('where no program may read the kernel’s memory nothing is tried', () => {
  const open = () => assert.fail('it was tried')
  assert.match(quotaSentence(open, true), /^Quotas cannot be kept on this kernel: the kernel is locked down/)
})
