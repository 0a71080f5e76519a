/** Whether threads are preempted inside the kernel, from what the kernel says of itself. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isPreemptible } from '../../src/kernel/preemption.ts'

const DYNAMIC = '#1 SMP PREEMPT_DYNAMIC Debian 6.12.1-1 (2024-12-01)'

it('a kernel says by its version whether it can be preempted, and by its mode whether it is', () => {
  assert.equal(isPreemptible('#1 SMP Debian 5.10.1-1 (2020-12-01)', null), false)
  assert.equal(isPreemptible('#1 SMP PREEMPT Debian 6.1.1-1 (2023-12-01)', null), true)
  assert.equal(isPreemptible('#1 SMP PREEMPT_RT Debian 6.1.1-1 (2023-12-01)', null), true)
  assert.equal(isPreemptible(DYNAMIC, 'none'), false)
  assert.equal(isPreemptible(DYNAMIC, 'voluntary'), false)
  assert.equal(isPreemptible(DYNAMIC, 'full'), true)
  assert.equal(isPreemptible(DYNAMIC, 'lazy'), true)
  assert.equal(isPreemptible(DYNAMIC, null), true, 'nobody says: as if it were')
})
