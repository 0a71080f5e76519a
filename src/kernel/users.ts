/** Names of users. */
import { readFileSync } from 'node:fs'

/** uid -> name from /etc/passwd. */
export function userNames(): Record<number, string> {
  const users: Record<number, string> = {}
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [name, , uid] = line.split(':')
      if (name && uid && users[Number(uid)] === undefined) users[Number(uid)] = name
    }
  } catch {
    // Numbers will do.
  }
  return users
}
