/** What doctor says of quotas: that they can be kept, or in a sentence why not. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { quotaSentence } from '../../src/commands/doctor.ts'
import { whyTurnedDown } from '../../src/kernel/plan.ts'

it('quotas can be kept: what was tried is closed at once', () => {
  let closed = 0
  assert.equal(
    quotaSentence(() => ({ close: () => void closed++ })),
    'Quotas can be kept, by fmod_ret.',
  )
  assert.equal(closed, 1)
})

it('quotas cannot be kept: why', () => {
  const open = () => {
    throw new Error('quotas cannot be kept on this kernel: this kernel has no vfs_rename()')
  }
  assert.equal(quotaSentence(open), 'Quotas cannot be kept on this kernel: this kernel has no vfs_rename().')
})

it('why a program was turned down is one line', () => {
  const failed = (message: string, code: string, log: string) => whyTurnedDown(Object.assign(new Error(message), { code, log }) as never)
  assert.match(failed('x', 'EPERM', ''), /^the kernel refuses programs of this type/)
  assert.match(failed('x', 'EINVAL', '12: cannot use helper bpf_probe_read_kernel'), /^the kernel is locked down/)
  assert.equal(failed('loading quota failed\nand more', 'EINVAL', ''), 'loading quota failed (EINVAL)')
})
