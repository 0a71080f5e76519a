/** What `--protect` and `protect` in the config file name: processes that no rule stops. Pure. */
import { near } from './words.ts'

/**
 * `text` is as written. `name`: processes and programs called so. `program`: an absolute path. `unit`: of the service manager, with
 * its suffix.
 */
export type Protection = { text: string } & (
  | { kind: 'name'; name: string }
  | { kind: 'program'; path: string }
  | { kind: 'process'; pid: number }
  | { kind: 'unit'; unit: string }
)

/** Suffixes of units that are cgroups with processes. */
const UNIT_SUFFIXES = ['.service', '.scope', '.slice']

/** Parses NAME, /path, pid=N or unit=NAME. Returns the message where it is none of these. */
export function parseProtection(text: string): Protection | string {
  if (text.includes('\0')) return 'no name holds a NUL byte'
  if (text === '') return 'write a name, a path, pid=N or unit=NAME'
  if (text.startsWith('/')) return { text, kind: 'program', path: text }
  const [, key, value = ''] = /^([a-z]+)=(.*)$/s.exec(text) ?? []
  if (key === 'pid') {
    if (!/^[1-9]\d{0,6}$/.test(value)) return 'pid= takes the number of a process: pid=4711'
    return { text, kind: 'process', pid: Number(value) }
  }
  if (key === 'unit') {
    if (!/^[\w@:.\\-]+$/.test(value)) return 'unit= takes the name of a unit: unit=postgresql, unit=app.slice'
    return { text, kind: 'unit', unit: UNIT_SUFFIXES.some((suffix) => value.endsWith(suffix)) ? value : `${value}.service` }
  }
  if (key !== undefined) return `${key}= is not known here: use a name, a path, pid=N or unit=NAME${near(key, ['pid', 'unit'])}`
  if (text.includes('/')) return 'write the program’s whole path, beginning with /'
  return { text, kind: 'name', name: text }
}
