/** Who a process is, beside its number: its user and its group, as every view names them. */
import type { GroupFact, ProcessFact, SourceInfo } from '../batch/batch.ts'

/** What a row says of that. */
export interface Identity {
  uid: number
  /** its name where the process runs; `~` before it: only there it is called so, here it is `hostUser` */
  user: string
  hostUser: string
  /** the short name of its container, unit or login; '': none; '?': not known */
  container: string
  group: GroupFact | null
  /** cgroup id */
  cgroup: string
}

type Known = Pick<ProcessFact, 'uid' | 'user'>

/** What this machine calls its user. */
export function hostUserOf(fact: Pick<ProcessFact, 'uid'> | null, { users }: Pick<SourceInfo, 'users'>): string {
  return fact ? (users[fact.uid] ?? String(fact.uid)) : '?'
}

/** Its user by the name where it runs, where that is another one. */
export function userOf(fact: Known | null, info: Pick<SourceInfo, 'users'>): string {
  if (fact?.user === undefined) return hostUserOf(fact, info)
  return fact.user === '' ? String(fact.uid) : `~${fact.user}`
}

/** All of it; of nobody's fact, that nothing is known. */
export function identityOf(fact: ProcessFact | null, info: Pick<SourceInfo, 'users'>): Identity {
  const group = fact?.group ?? null
  const [user, hostUser] = [userOf(fact, info), hostUserOf(fact, info)]
  return { uid: fact?.uid ?? -1, user, hostUser, container: group?.label ?? '?', group, cgroup: fact?.cgroup ?? '' }
}

/** Users that a view tells apart: by number, and where a container has another name for it, by that. Begins with the number. */
export function userKey({ uid, user }: Known): string {
  return user === undefined ? String(uid) : `${uid}~${user}`
}

/** What a view calls the users of a key. With the number where the name is a container's: others have one of the same name. */
export function userOfKey(key: string, { users }: Pick<SourceInfo, 'users'>): string {
  const [uid = '', ...inside] = key.split('~')
  if (inside.length === 0) return users[Number(uid)] ?? uid
  const name = inside.join('~')
  return name === '' ? uid : `~${name} (${uid})`
}
