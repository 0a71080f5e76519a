/** Names of users. */
import { PASSWD_BYTES, readStartSync } from './bounded-read.ts'

/** The longest name taken for one, in UTF-16 units. */
const NAME_CHARS = 256

/** uid -> name, from the text of a passwd file; the first of several names counts. Lines that are none are left out. */
export function namesIn(text: string): Record<number, string> {
  const users: Record<number, string> = {}
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':', 3)
    if (!name || name.length > NAME_CHARS || uid === undefined || !/^\d{1,10}$/.test(uid)) continue
    users[Number(uid)] ??= name
  }
  return users
}

/** uid -> name from /etc/passwd. */
export function userNames(): Record<number, string> {
  try {
    return namesIn(readStartSync('/etc/passwd', PASSWD_BYTES).bytes.toString('utf8'))
  } catch {
    // Numbers will do.
    return {}
  }
}

/** Subordinate ids: a user's processes may have them in a user namespace, and outside through a set-user-ID program that was made in one. */
export interface SubordinateIds {
  first: number
  count: number
}

/** The largest range of subordinate ids of a user, by the text of a subuid file (subuid(5)); null: the user has none. */
export function subordinateIdsIn(text: string, uid: number, name: string | undefined): SubordinateIds | null {
  let largest: SubordinateIds | null = null
  for (const line of text.split('\n')) {
    const [user, first = '', count = ''] = line.trim().split(':', 3)
    if ((user !== String(uid) && user !== name) || !/^\d{1,10}$/.test(first) || !/^\d{1,10}$/.test(count)) continue
    if (Number(count) > (largest?.count ?? 0)) largest = { first: Number(first), count: Number(count) }
  }
  return largest
}

/** The same from /etc/subuid; null also where that cannot be read. */
export function subordinateIds(uid: number): SubordinateIds | null {
  try {
    return subordinateIdsIn(readStartSync('/etc/subuid', PASSWD_BYTES).bytes.toString('utf8'), uid, userNames()[uid])
  } catch {
    // It does not exist, or cannot be read.
    return null
  }
}

/** gid -> name from /etc/group, whose lines begin as those of passwd do. Empty where it cannot be read. */
export function groupNames(): Record<number, string> {
  try {
    return namesIn(readStartSync('/etc/group', PASSWD_BYTES).bytes.toString('utf8'))
  } catch {
    return {}
  }
}

/** uid -> home directory, from the text of a passwd file. */
export function homeIn(text: string, uid: number): string | null {
  const fields = text.split('\n').map((line) => line.split(':'))
  const home = fields.find(([, , own]) => own === String(uid))?.[5]
  return home?.startsWith('/') ? home : null
}
