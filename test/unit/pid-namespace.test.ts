/** Where numbers of processes are not the kernel's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pidNamespaceTrouble } from '../../src/kernel/pid-namespace.ts'

const links = (known: Record<string, string>) => (path: string) => {
  const link = known[path]
  if (link === undefined) throw new Error('ENOENT')
  return link
}
const trouble = (self: string | undefined, namespace?: string) =>
  pidNamespaceTrouble(links({ ...(self && { '/proc/self': self }), ...(namespace && { '/proc/self/ns/pid': namespace }) }), 7)

test('outside of containers there is no trouble, nor where the kernel has no PID namespaces', () => {
  assert.equal(trouble('7', 'pid:[4026531836]'), null)
  assert.equal(trouble('7'), null)
})

test('what is in the way, and what to do about it', () => {
  assert.match(trouble(undefined) ?? '', /^no \/proc shows this process: mount/)
  assert.match(trouble('4711', 'pid:[4026531836]') ?? '', /^\/proc is that of another PID namespace: mount/)
  assert.match(trouble('7', 'pid:[4026532999]') ?? '', /^this runs in a PID namespace of its own.*--pid=host/)
})
