/** What the path of a cgroup tells: container runtimes, Kubernetes and systemd each write their names into it. Pure, and never throws. */
import type { GroupFact, GroupKind } from '../batch/batch.ts'
import { decodeBytes } from './bytes.ts'

/** The longest name kept, in UTF-16 units: NAME_MAX, and one. */
export const GROUP_NAME_CHARS = 256

/** What comes before an id in the name of a container's group. */
const RUNTIMES: Record<string, GroupKind> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  containerd: 'containerd',
  nerdctl: 'containerd',
  crio: 'crio',
  libpod: 'podman',
  'libpod-payload': 'podman',
}

/** The folder above a group that is called by its id alone (the cgroupfs driver). */
const PARENTS: Record<string, GroupKind> = { docker: 'docker', libpod_parent: 'podman', default: 'containerd', 'k8s.io': 'containerd' }

const RUNTIME_AND_ID = /^([a-z-]+)-([0-9a-f]{64})(?:\.scope)?$/
/** What becomes of a path meant for the systemd driver where the other one is at work. */
const SLICE_RUNTIME_ID = /^(.+):([a-z-]+):([0-9a-f]{64})$/
const BARE_ID = /^[0-9a-f]{64}$/
/** A pod's uid; static pods have a hash in its place. */
const POD = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/
const UNIT = /\.(?:service|scope|socket|mount|swap)$/
const SLICE = /\.slice$/

const cut = (text: string) => text.slice(0, GROUP_NAME_CHARS)

/** systemd's `\x2d` and the like, as what they stand for. */
export function unescapeUnit(name: string): string {
  return name.replace(/(?:\\x[0-9a-fA-F]{2})+/g, (escapes) => decodeBytes(Buffer.from(escapes.replaceAll('\\x', ''), 'hex')))
}

interface Container {
  kind: GroupKind
  id: string
}

/** libvirt calls its machines "qemu-NUMBER-NAME" and "lxc-NUMBER-NAME". */
function machine(name: string): Container {
  const [, driver, own] = /^(qemu|lxc)-\d+-(.+)$/.exec(name) ?? []
  return driver === undefined ? { kind: 'nspawn', id: name } : { kind: driver as GroupKind, id: own ?? name }
}

/** The container whose group is called so; null where it is none. `parent`: the folder above, '' at the top. */
function containerOf(name: string, parent: string): Container | null {
  const [, runtime, id] = RUNTIME_AND_ID.exec(name) ?? []
  if (runtime !== undefined && id !== undefined && Object.hasOwn(RUNTIMES, runtime)) return { kind: RUNTIMES[runtime] ?? 'container', id }
  const [, , between, last] = SLICE_RUNTIME_ID.exec(name) ?? []
  if (between !== undefined && last !== undefined) return { kind: (Object.hasOwn(RUNTIMES, between) && RUNTIMES[between]) || 'container', id: last }
  if (BARE_ID.test(name)) return { kind: (Object.hasOwn(PARENTS, parent) && PARENTS[parent]) || 'container', id: name }
  const payload = /^lxc\.payload\.(.+)$/.exec(name)?.[1] ?? (parent === 'lxc' || parent === 'lxc.payload' ? name : undefined)
  if (payload !== undefined) return { kind: 'lxc', id: payload }
  const registered = /^machine-(.+)\.scope$/.exec(name)?.[1]
  if (registered !== undefined) return machine(unescapeUnit(registered))
  const nspawn = /^systemd-nspawn@(.+)\.service$/.exec(name)?.[1]
  return nspawn === undefined ? null : { kind: 'nspawn', id: unescapeUnit(nspawn) }
}

function podOf(name: string): string | null {
  const uid = POD.exec(name.split(':', 1)[0] as string)?.[1]
  return uid?.replaceAll('_', '-') ?? null
}

function podClassOf(path: string): GroupFact['podClass'] {
  return /besteffort/.test(path) ? 'besteffort' : /burstable/.test(path) ? 'burstable' : 'guaranteed'
}

/** Started from a desktop: "app-LAUNCHER-ID-RANDOM.scope", "app-LAUNCHER-ID@RANDOM.service"; a '-' of the id is written as an escape. */
function appOf(unit: string): string | null {
  const [, body, kind] = /^app-(.+)\.(scope|service)$/.exec(unit) ?? []
  if (body === undefined) return null
  const parts = (kind === 'service' ? body.replace(/@.*$/s, '') : body).split('-')
  if (kind === 'scope' && parts.length > 1) parts.pop()
  return unescapeUnit(parts.at(-1) as string) || null
}

function unitGroup(unit: string): GroupFact {
  const app = appOf(unit)
  if (app !== null) return { kind: 'app', label: cut(app), unit: cut(unit) }
  const kind = /^(?:session-|user@|user(?:-\d+)?\.slice$)/.test(unit) ? 'session' : 'unit'
  return { kind, label: cut(unescapeUnit(unit)), unit: cut(unit) }
}

/** Names found elsewhere. */
export interface GroupNames {
  name?: string
  podName?: string
}

/** The same group with what else is known of it, and the label that comes of that. */
export function withNames(group: GroupFact, names: GroupNames): GroupFact {
  const named: GroupFact = { ...group }
  if (names.name) named.name = cut(names.name)
  if (names.podName) named.podName = cut(names.podName)
  const { id, name, pod, podName } = named
  const own = name ?? (id !== undefined && BARE_ID.test(id) ? id.slice(0, 12) : id)
  const ofPod = podName?.slice(podName.indexOf('/') + 1)
  if (pod !== undefined && ofPod !== undefined) named.label = own === undefined ? ofPod : `${ofPod}/${own}`
  else if (own !== undefined) named.label = own
  else if (pod !== undefined) named.label = `pod ${pod.slice(0, 8)}`
  named.label = cut(named.label)
  return named
}

/** Whose group it is. `path`: below the root of the cgroup tree, as /proc/PID/cgroup has it. */
export function groupOf(path: string): GroupFact {
  // A group outside of our own cgroup namespace begins with "..".
  const names = path.split('/').filter((name) => name !== '' && name !== '..')
  let container: Container | null = null
  let pod: string | null = null
  let unit: string | null = null
  let slice: string | null = null
  for (const [i, name] of names.entries()) {
    const inPod = podOf(name)
    // A node that is a container itself holds pods: those within are meant.
    if (inPod !== null) [pod, container, unit, slice] = [inPod, null, null, null]
    const found = containerOf(name, names[i - 1] ?? '')
    if (found) [container, unit, slice] = [found, null, null]
    if (found || inPod !== null) continue
    // systemd puts a '_' before a name that could be taken for a file of the kernel's.
    const bare = name.replace(/^_/, '')
    // The manager of a login is itself in a scope below its service.
    if (UNIT.test(bare) && !(bare === 'init.scope' && unit?.startsWith('user@'))) unit = bare
    else if (SLICE.test(bare) && unit === null) slice = bare
  }
  if (container || pod !== null) {
    const group: GroupFact = { kind: container?.kind ?? 'kubepods', label: '' }
    if (container) group.id = cut(container.id)
    if (pod !== null) Object.assign(group, { pod, podClass: podClassOf(path) })
    if (unit !== null) group.unit = cut(unit)
    return withNames(group, {})
  }
  const owner = unit ?? slice
  if (owner !== null) return unitGroup(owner)
  return names.length === 0 ? { kind: 'none', label: '' } : { kind: 'other', label: cut(names.at(-1) as string) }
}

/** Is it one that somebody started in a container, a machine or a pod? */
export function isContained({ id, pod }: GroupFact): boolean {
  return id !== undefined || pod !== undefined
}

/**
 * Which path of /proc/PID/cgroup (its whole text) says most. With the one tree of cgroup v2 there is no choice; beside the old ones a
 * container may be in those alone.
 */
export function pathOfListing(text: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/s.exec(line) ?? []
    return path === undefined ? [] : [{ controllers, path: path.replace(/ \(deleted\)$/, '') }]
  })
  const one = lines.find(({ controllers }) => controllers === '')?.path ?? '/'
  const systemd = lines.find(({ controllers }) => controllers === 'name=systemd')?.path ?? '/'
  const contained = [one, systemd, ...lines.map(({ path }) => path)].find((path) => isContained(groupOf(path)))
  return contained ?? (one === '/' ? systemd : one)
}
