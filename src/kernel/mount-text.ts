/** What /proc/PID/mountinfo says, as data; see proc(5). Any text is read without failing: lines that are none are left out. */
import { decodeBytes } from '../text/bytes.ts'

/** One mount. Texts may hold any character. */
export interface MountLine {
  /** s_dev of its file system: major << 20 | minor */
  device: number
  /** what of the file system is mounted there */
  root: string
  /** where */
  point: string
  fstype: string
  /** what is mounted: a device, a share; what the file system likes where there is none */
  source: string
  readOnly: boolean
}

/** mountinfo writes blanks and backslashes as octal: "\040". Escapes are bytes, not characters: unescape first, decode after. */
function plainField(field: string): string {
  const bytes = field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8) & 0xff))
  return decodeBytes(Buffer.from(bytes, 'latin1'))
}

/** All mounts, in the file's order: of two on the same point the later one is seen. `text` is latin1: a character a byte. */
export function mountsIn(text: string): MountLine[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ')
    const [, , device, root, point, options] = fields
    if (!device || root === undefined || point === undefined) return []
    const [major = 0, minor = 0] = device.split(':').map(Number)
    // Optional fields come before the dash; how many there are differs.
    const dash = fields.indexOf('-', 6)
    const [fstype = '', source = ''] = dash < 0 ? [] : fields.slice(dash + 1)
    const readOnly = (options ?? '').split(',').includes('ro') || (fields[dash + 3] ?? '').split(',').includes('ro')
    return [
      {
        device: major * 2 ** 20 + minor,
        root: plainField(root),
        point: plainField(point),
        fstype: plainField(fstype),
        source: plainField(source),
        readOnly: dash >= 0 && readOnly,
      },
    ]
  })
}

/** The mount that a path (absolute, resolved) lies on; null: none of these. */
export function mountOf(mounts: readonly MountLine[], path: string): MountLine | null {
  let best: MountLine | null = null
  for (const mount of mounts) {
    const { point } = mount
    const inside = point === '/' || path === point || path.startsWith(`${point}/`)
    if (inside && (!best || point.length >= best.point.length)) best = mount
  }
  return best
}

const below = (path: string, folder: string) => folder === '/' || path === folder || path.startsWith(`${folder}/`)
const joined = (folder: string, rest: string) => (folder === '/' ? rest || '/' : folder + rest)

/** The other paths that lead to what a path (absolute, resolved) does: its file system, or that part of it, may be mounted more than once. */
export function alsoAt(mounts: readonly MountLine[], path: string): string[] {
  const own = mountOf(mounts, path)
  if (!own) return []
  const inside = joined(own.root, path.slice(own.point === '/' ? 0 : own.point.length))
  return mounts.flatMap((other) => {
    if (other === own || other.device !== own.device || !below(inside, other.root)) return []
    const there = joined(other.point, inside.slice(other.root === '/' ? 0 : other.root.length))
    // What is mounted over it hides it.
    return there !== path && mountOf(mounts, there) === other ? [there] : []
  })
}
