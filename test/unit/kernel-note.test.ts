/** What the header says of the conditions that the kernel applies. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Flags, kernelNote } from '../../src/commands/options.ts'

const none: Flags = { attach: 'auto', interval: 1, maxEntries: 65_536, pid: [], path: [] }

it('the kernel’s part of a restriction is said as it was given, and nothing where there is none', () => {
  assert.equal(kernelNote(none), null)
  assert.equal(kernelNote({ ...none, pid: ['4711+'] }), 'kernel: pid 4711+')
  const all = { ...none, pid: ['1', '2'], comm: 'x', user: 'root', cgroup: '/a', path: ['/srv', '/var'] }
  assert.equal(kernelNote(all), 'kernel: pid 1 or 2, comm x, user root, cgroup /a, path /srv or /var')
})
