/** Paths of cgroups as machines really have them, and as nobody should. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { GroupFact } from '../../src/batch/batch.ts'
import { GROUP_NAME_CHARS, groupOf, pathOfListing, unescapeUnit, withNames } from '../../src/text/cgroup-path.ts'
import { printable } from '../../src/text/printable.ts'

const A = '3f4e8a1c9b7d'.padEnd(64, '0')
const B = 'b0b1b2b3b4b5'.padEnd(64, 'c')
const SHORT = '3f4e8a1c9b7d'
const UID = '0f2d0f9e-5a51-4c5e-9a53-1d2c3b4a5f60'
const UID_ = UID.replaceAll('-', '_')
const STATIC = '8f3c2d1e0a9b8c7d6e5f4a3b2c1d0e9f'

const pods = (podClass: 'guaranteed' | 'burstable' | 'besteffort', pod = UID) => ({ pod, podClass })

const PATHS: [string, GroupFact][] = [
  // docker: both drivers, rootless, ECS
  [`/docker/${A}`, { kind: 'docker', label: SHORT, id: A }],
  [`/system.slice/docker-${A}.scope`, { kind: 'docker', label: SHORT, id: A }],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${A}.scope`, { kind: 'docker', label: SHORT, id: A }],
  [`/ecstasks.slice/ecstasks-0123.slice/docker-${A}.scope`, { kind: 'docker', label: SHORT, id: A }],
  [`/ecs/cluster/0123456789abcdef/${A}`, { kind: 'container', label: SHORT, id: A }],
  ['/system.slice/docker.service', { kind: 'unit', label: 'docker.service', unit: 'docker.service' }],
  ['/docker/buildkit/pq7gmtflb5ndfp3zp1gxvnkxz', { kind: 'other', label: 'pq7gmtflb5ndfp3zp1gxvnkxz' }],
  // containerd, nerdctl
  [`/system.slice/nerdctl-${A}.scope`, { kind: 'containerd', label: SHORT, id: A }],
  [`/default/${A}`, { kind: 'containerd', label: SHORT, id: A }],
  [`/k8s.io/${A}`, { kind: 'containerd', label: SHORT, id: A }],
  // podman: both drivers, rootless, quadlet, pods of its own, conmon (which is outside)
  [`/machine.slice/libpod-${A}.scope`, { kind: 'podman', label: SHORT, id: A }],
  [`/machine.slice/libpod-${A}.scope/container`, { kind: 'podman', label: SHORT, id: A }],
  [`/libpod_parent/libpod-${A}`, { kind: 'podman', label: SHORT, id: A }],
  [`/libpod_parent/${A}`, { kind: 'podman', label: SHORT, id: A }],
  [`/machine.slice/machine-libpod_pod_${B}.slice/libpod-${A}.scope`, { kind: 'podman', label: SHORT, id: A }],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${A}.scope/container`, { kind: 'podman', label: SHORT, id: A }],
  [`/system.slice/web.service/libpod-payload-${A}`, { kind: 'podman', label: SHORT, id: A }],
  [`/machine.slice/libpod-conmon-${A}.scope`, { kind: 'unit', label: `libpod-conmon-${A}.scope`, unit: `libpod-conmon-${A}.scope` }],
  // Kubernetes: systemd and cgroupfs, the classes, static pods, runtimes
  [
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${A}.scope`,
    { kind: 'containerd', label: SHORT, id: A, ...pods('burstable') },
  ],
  [`/kubepods.slice/kubepods-pod${UID_}.slice/crio-${A}.scope`, { kind: 'crio', label: SHORT, id: A, ...pods('guaranteed') }],
  [
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/docker-${A}.scope`,
    { kind: 'docker', label: SHORT, id: A, ...pods('besteffort') },
  ],
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice`, { kind: 'kubepods', label: 'pod 0f2d0f9e', ...pods('burstable') }],
  [`/kubepods/burstable/pod${UID}/${A}`, { kind: 'container', label: SHORT, id: A, ...pods('burstable') }],
  [`/kubepods/besteffort/pod${UID}/crio-${A}`, { kind: 'crio', label: SHORT, id: A, ...pods('besteffort') }],
  [`/kubepods/pod${UID}/${A}`, { kind: 'container', label: SHORT, id: A, ...pods('guaranteed') }],
  [`/kubepods/burstable/pod${STATIC}/${A}`, { kind: 'container', label: SHORT, id: A, ...pods('burstable', STATIC) }],
  [
    `/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${A}`,
    { kind: 'containerd', label: SHORT, id: A, ...pods('burstable') },
  ],
  // a node that is a container: what runs in the node
  [
    `/system.slice/docker-${B}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${UID_}.slice/cri-containerd-${A}.scope`,
    { kind: 'containerd', label: SHORT, id: A, ...pods('besteffort') },
  ],
  [
    `/system.slice/docker-${B}.scope/kubelet.slice/kubelet-kubepods-besteffort-pod${UID_}.slice`,
    { kind: 'kubepods', label: 'pod 0f2d0f9e', ...pods('besteffort') },
  ],
  [`/docker/${B}/docker/${A}`, { kind: 'docker', label: SHORT, id: A }],
  [`/docker/${A}/system.slice/nginx.service`, { kind: 'docker', label: SHORT, id: A, unit: 'nginx.service' }],
  // LXC, LXD, Proxmox
  ['/lxc/web', { kind: 'lxc', label: 'web', id: 'web' }],
  ['/lxc/101/ns/system.slice/ssh.service', { kind: 'lxc', label: '101', id: '101', unit: 'ssh.service' }],
  ['/lxc.payload.web/init.scope', { kind: 'lxc', label: 'web', id: 'web', unit: 'init.scope' }],
  ['/lxc.payload/web', { kind: 'lxc', label: 'web', id: 'web' }],
  ['/lxc.monitor.web', { kind: 'other', label: 'lxc.monitor.web' }],
  // nspawn and libvirt
  ['/machine.slice/machine-my\\x2dbox.scope/payload/system.slice/cron.service', { kind: 'nspawn', label: 'my-box', id: 'my-box', unit: 'cron.service' }],
  ['/machine.slice/systemd-nspawn@debian.service/payload', { kind: 'nspawn', label: 'debian', id: 'debian' }],
  ['/machine.slice/machine-qemu\\x2d3\\x2ddb\\x2d1.scope/libvirt/emulator', { kind: 'qemu', label: 'db-1', id: 'db-1' }],
  ['/machine.slice/machine-lxc\\x2d9\\x2dweb.scope', { kind: 'lxc', label: 'web', id: 'web' }],
  // systemd's own
  ['/system.slice/nginx.service', { kind: 'unit', label: 'nginx.service', unit: 'nginx.service' }],
  ['/system.slice/system-getty.slice/getty@tty1.service', { kind: 'unit', label: 'getty@tty1.service', unit: 'getty@tty1.service' }],
  [
    '/system.slice/system-systemd\\x2dfsck.slice/systemd-fsck@dev-disk-by\\x2duuid-01.service',
    { kind: 'unit', label: 'systemd-fsck@dev-disk-by-uuid-01.service', unit: 'systemd-fsck@dev-disk-by\\x2duuid-01.service' },
  ],
  ['/system.slice/postgresql.service/workers', { kind: 'unit', label: 'postgresql.service', unit: 'postgresql.service' }],
  ['/system.slice/_cpu.service', { kind: 'unit', label: 'cpu.service', unit: 'cpu.service' }],
  ['/init.scope', { kind: 'unit', label: 'init.scope', unit: 'init.scope' }],
  ['/system.slice', { kind: 'unit', label: 'system.slice', unit: 'system.slice' }],
  // logins and desktops
  ['/user.slice/user-1000.slice/session-3.scope', { kind: 'session', label: 'session-3.scope', unit: 'session-3.scope' }],
  ['/user.slice/user-1000.slice', { kind: 'session', label: 'user-1000.slice', unit: 'user-1000.slice' }],
  ['/user.slice/user-1000.slice/user@1000.service/init.scope', { kind: 'session', label: 'user@1000.service', unit: 'user@1000.service' }],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/pipewire.service', { kind: 'unit', label: 'pipewire.service', unit: 'pipewire.service' }],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.gnome.Terminal-1234.scope',
    { kind: 'app', label: 'org.gnome.Terminal', unit: 'app-gnome-org.gnome.Terminal-1234.scope' },
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-my\\x2dapp@77.service',
    { kind: 'app', label: 'my-app', unit: 'app-gnome-my\\x2dapp@77.service' },
  ],
  // nothing special
  ['/', { kind: 'none', label: '' }],
  ['', { kind: 'none', label: '' }],
  ['/../../system.slice/cron.service', { kind: 'unit', label: 'cron.service', unit: 'cron.service' }],
  ['/jobs/build-7', { kind: 'other', label: 'build-7' }],
  [`/docker/${A.slice(1)}`, { kind: 'other', label: A.slice(1) }],
  [`/x.slice:constructor:${A}`, { kind: 'container', label: SHORT, id: A }],
  [`/constructor/${A}`, { kind: 'container', label: SHORT, id: A }],
  [`/constructor-${A}.scope`, { kind: 'unit', label: `constructor-${A}.scope`, unit: `constructor-${A}.scope` }],
]

describe('groupOf', () => {
  for (const [path, group] of PATHS) it(`knows ${path || 'no path'}`, () => assert.deepEqual(groupOf(path), group))

  it('never throws, keeps names short, and nothing in them reaches a terminal as a control', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(
        'docker',
        'lxc',
        'kubepods',
        `pod${UID}`,
        `docker-${A}.scope`,
        'app-a-b.scope',
        '\\x1b[2J.service',
        'machine-\\x1b\\xff.scope',
        '..',
        'app-.scope',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const group = groupOf(`/${pieces.join('/')}`)
        for (const text of [group.label, group.id, group.unit, group.pod]) {
          assert.ok((text ?? '').length <= GROUP_NAME_CHARS)
          assert.doesNotMatch(printable(text ?? ''), /[\p{Cc}\p{Cf}\p{Cs}]/u)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('takes time by the length of a path only', () => {
    const long = `/${'app-'.repeat(200_000)}.scope/${'\\x2d'.repeat(200_000)}.service/${'pod'.repeat(200_000)}`
    assert.equal(groupOf(long).label.length, GROUP_NAME_CHARS)
  })
})

describe('withNames', () => {
  const group = groupOf(`/kubepods/burstable/pod${UID}/${A}`)
  it('puts the names in the label as far as they are known', () => {
    assert.equal(withNames(group, { name: 'nginx' }).label, 'nginx')
    assert.equal(withNames(group, { podName: 'shop/web-0' }).label, `web-0/${SHORT}`)
    assert.equal(withNames(group, { podName: 'shop/web-0', name: 'nginx' }).label, 'web-0/nginx')
    assert.equal(withNames(groupOf(`/kubepods/pod${UID}`), { podName: 'shop/web-0' }).label, 'web-0')
    assert.deepEqual(withNames(group, {}), group)
    assert.equal(withNames(group, { podName: `shop/${'w'.repeat(200)}`, name: 'n'.repeat(300) }).label.length, GROUP_NAME_CHARS)
  })
  it('leaves units as they are', () => assert.deepEqual(withNames(groupOf('/system.slice/a.service'), {}), groupOf('/system.slice/a.service')))
})

describe('unescapeUnit', () => {
  it('gives back whatever was escaped as systemd does', () => {
    const escaped = (text: string) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(unescapeUnit(escaped(text)), text)))
  })
})

describe('pathOfListing', () => {
  const listing = (...lines: string[]) => `${lines.join('\n')}\n`
  it('takes the one tree', () => assert.equal(pathOfListing('0::/system.slice/a.service\n'), '/system.slice/a.service'))
  it('takes a container from the old trees, whichever it is in', () => {
    assert.equal(pathOfListing(listing('12:pids:/', `4:memory:/docker/${A}`, '1:name=systemd:/system.slice/docker.service', '0::/')), `/docker/${A}`)
    assert.equal(pathOfListing(listing(`4:memory:/docker/${A}`, '0::/system.slice/containerd.service')), `/docker/${A}`)
  })
  it("takes systemd's where the one tree says nothing, and no other that is no container's", () => {
    assert.equal(pathOfListing(listing('4:memory:/jobs/7', '1:name=systemd:/system.slice/a.service', '0::/')), '/system.slice/a.service')
    assert.equal(pathOfListing(listing('4:memory:/jobs/7', '1:name=systemd:/', '0::/')), '/')
  })
  it('knows a group that is gone', () => assert.equal(pathOfListing('0::/jobs/7 (deleted)\n'), '/jobs/7'))
  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(typeof pathOfListing(`0::${text}`), 'string')))
  })
})
