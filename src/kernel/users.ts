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

/** uid -> home directory, from the text of a passwd file. */
export function homeIn(text: string, uid: number): string | null {
  const fields = text.split('\n').map((line) => line.split(':'))
  const home = fields.find(([, , own]) => own === String(uid))?.[5]
  return home?.startsWith('/') ? home : null
}
