/** Names of containers and pods, from the files that runtimes keep of them: no daemon is asked. No file, or nonsense in it, is no name. */
import type { GroupFact } from '../../batch/batch.ts'
import type { GroupNames } from '../../text/cgroup-path.ts'
import { PASSWD_BYTES, readStart } from '../bounded-read.ts'
import { homeIn } from '../users.ts'
import { jsonBelow, nameBelow } from './safe-read.ts'

/** Bytes read of a file about one container, and of this machine's list of containers. */
const [ONE_BYTES, LIST_BYTES] = [1024 * 1024, 2 * 1024 * 1024]

/** Bytes read of such files in a user's home: any user may put there what takes long to parse, which is done on the main thread. */
const HOME_BYTES = 128 * 1024

/** Names looked at in a folder. */
const FOLDER_NAMES = 10_000

/** Where runtimes keep their files. */
export interface Places {
  /** docker's own folders */
  docker: string[]
  /** containerd's folders of running tasks, one a namespace */
  containerd: string[]
  /** the storage that podman and CRI-O share */
  storage: string[]
  /** the kubelet's folders of logs: by pod, and by container */
  podLogs: string
  containerLogs: string
}

const TASKS = 'containerd/io.containerd.runtime.v2.task'

/** As they are installed; a docker whose folder was moved says so in its settings. */
export async function usualPlaces(): Promise<Places> {
  const moved = fieldOf(await jsonBelow('/etc/docker', ['daemon.json'], ONE_BYTES), 'data-root')
  return {
    docker: [...(typeof moved === 'string' && moved.startsWith('/') ? [moved] : []), '/var/lib/docker', '/var/snap/docker/common/var-lib-docker'],
    containerd: [`/run/${TASKS}/k8s.io`, `/run/k3s/${TASKS}/k8s.io`, `/var/snap/microk8s/common/run/${TASKS}/k8s.io`, `/run/${TASKS}/default`],
    storage: ['/var/lib/containers/storage'],
    podLogs: '/var/log/pods',
    containerLogs: '/var/log/containers',
  }
}

/** What JSON of unknown making has there; undefined where it has nothing. */
function fieldOf(value: unknown, ...keys: string[]): unknown {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** By labels or annotations, as the kubelet's runtimes write them: `prefix` and what they call each. */
function podNames(labels: unknown, pod: string, namespace: string, container: string): GroupNames {
  const name = textOf(fieldOf(labels, pod))
  const space = textOf(fieldOf(labels, namespace))
  const own = textOf(fieldOf(labels, container))
  return { ...(own === undefined ? {} : { name: own }), ...(name === undefined || space === undefined ? {} : { podName: `${space}/${name}` }) }
}

const kubernetes = (labels: unknown) => podNames(labels, 'io.kubernetes.pod.name', 'io.kubernetes.pod.namespace', 'io.kubernetes.container.name')

async function fromDocker(folder: string, id: string): Promise<GroupNames> {
  const config = await jsonBelow(`${folder}/containers`, [id, 'config.v2.json'], ONE_BYTES)
  const name = textOf(fieldOf(config, 'Name'))?.replace(/^\//, '')
  return { ...(name ? { name } : {}), ...kubernetes(fieldOf(config, 'Config', 'Labels')) }
}

async function fromContainerd(folder: string, id: string): Promise<GroupNames> {
  const notes = fieldOf(await jsonBelow(folder, [id, 'config.json'], ONE_BYTES), 'annotations')
  const name = textOf(fieldOf(notes, 'nerdctl/name'))
  const cri = podNames(notes, 'io.kubernetes.cri.sandbox-name', 'io.kubernetes.cri.sandbox-namespace', 'io.kubernetes.cri.container-name')
  return { ...(name === undefined ? {} : { name }), ...cri }
}

async function fromStorage(base: string, names: string[], id: string, limits: { one: number; list: number }): Promise<GroupNames> {
  const notes = fieldOf(await jsonBelow(base, [...names, 'overlay-containers', id, 'userdata', 'config.json'], limits.one), 'annotations')
  const found = kubernetes(notes)
  if (found.name !== undefined) return found
  for (const list of ['containers.json', 'volatile-containers.json']) {
    const known = await jsonBelow(base, [...names, 'overlay-containers', list], limits.list)
    const one = Array.isArray(known) ? known.find((entry) => fieldOf(entry, 'id') === id) : undefined
    const name = textOf(fieldOf(one, 'names', '0'))
    if (name !== undefined) return { ...found, name }
  }
  return found
}

/** "POD_NAMESPACE_CONTAINER-ID.log"; none of the names may hold a '_'. */
async function fromContainerLogs(folder: string, id: string): Promise<GroupNames> {
  const found = await nameBelow(folder, [], FOLDER_NAMES, (name) => name.endsWith(`-${id}.log`))
  const [pod, namespace, name] = found?.slice(0, -`-${id}.log`.length).split('_') ?? []
  return pod && namespace && name ? { name, podName: `${namespace}/${pod}` } : {}
}

/** "NAMESPACE_POD_UID" */
async function fromPodLogs(folder: string, pod: string): Promise<GroupNames> {
  const found = await nameBelow(folder, [], FOLDER_NAMES, (name) => name.endsWith(`_${pod}`))
  const [namespace, name] = found?.split('_') ?? []
  return namespace && name ? { podName: `${namespace}/${name}` } : {}
}

/** The storage in the home of whose login the group is below; null where it is below none. */
async function homeStorage(path: string): Promise<string | null> {
  const uid = /\/user-(\d{1,10})\.slice\//.exec(path)?.[1]
  return uid === undefined ? null : homeIn((await readStart('/etc/passwd', PASSWD_BYTES)).bytes.toString('utf8'), Number(uid))
}

/** Looks in one place after the other; what was found first stays. */
async function gather(known: GroupNames, places: (() => Promise<GroupNames>)[], enough: (names: GroupNames) => boolean): Promise<GroupNames> {
  let names = known
  for (const place of places) {
    if (enough(names)) break
    names = { ...(await place()), ...names }
  }
  return names
}

/** The names of a group's container and pod, as far as files tell. `path`: the group's. Never fails. */
export async function namesOf(group: GroupFact, path: string, places: Places): Promise<GroupNames> {
  const { id, pod, kind } = group
  const own: (() => Promise<GroupNames>)[] = []
  if (id !== undefined && /^[0-9a-f]{64}$/.test(id)) {
    const any = kind === 'container'
    if (any || kind === 'docker') own.push(...places.docker.map((folder) => () => fromDocker(folder, id)))
    if (any || kind === 'containerd') own.push(...places.containerd.map((folder) => () => fromContainerd(folder, id)))
    if (any || kind === 'podman' || kind === 'crio') {
      const home = await homeStorage(path).catch(() => null)
      if (home !== null) own.push(() => fromStorage(home, ['.local', 'share', 'containers', 'storage'], id, { one: HOME_BYTES, list: HOME_BYTES }))
      own.push(...places.storage.map((folder) => () => fromStorage(folder, [], id, { one: ONE_BYTES, list: LIST_BYTES })))
    }
    if (pod !== undefined) own.push(() => fromContainerLogs(places.containerLogs, id))
  }
  const names = await gather({}, own, ({ name, podName }) => name !== undefined && (pod === undefined || podName !== undefined))
  return pod === undefined ? names : gather(names, [() => fromPodLogs(places.podLogs, pod)], ({ podName }) => podName !== undefined)
}
