/** Texts of /proc about one process, as data; see proc(5). A process chooses some of these bytes: any text is read without failing. */

/** Of /proc/PID/stat. */
export interface StatLine {
  /** its name; bytes as characters (latin1) where the text is so */
  comm: string
  ppid: number
  session: number
  /** device number of its terminal; 0: none */
  tty: number
  threads: number
  /** since boot, in units of 10 ms */
  startTicks: number
}

const whole = (text: string | undefined) => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null)

/** null: that is no such text. The name in it may hold blanks and brackets: what counts comes after the last one. */
export function statIn(text: string): StatLine | null {
  const end = text.lastIndexOf(') ')
  if (end < 0) return null
  const fields = text.slice(end + 2).split(' ')
  const [ppid, session, tty, threads, startTicks] = [fields[1], fields[3], fields[4], fields[17], fields[19]].map(whole)
  if (ppid == null || session == null || tty == null || threads == null || startTicks == null) return null
  return { comm: text.slice(text.indexOf('(') + 1, end), ppid, session, tty, threads, startTicks }
}

/** A process's birth as its id has it: units of 2^24 ns, known to 10 ms here. */
export function birthOf({ startTicks }: StatLine): number {
  return Number((BigInt(startTicks) * 10_000_000n) >> 24n) % 2 ** 32
}

/** Could that be the process of an id, `"tgid.birth"`? The unit may be that of the neighbour. */
export function isBirth(stat: StatLine, id: string): boolean {
  const birth = Number(id.slice(id.indexOf('.') + 1))
  const apart = (birthOf(stat) - birth) >>> 0
  return apart <= 1 || apart === 2 ** 32 - 1
}

/** A terminal by its device number, as its driver calls it: pts0, tty1, ttyS0; '' for none. */
export function ttyOf(device: number): string {
  if (device === 0) return ''
  const major = (device >>> 8) & 0xfff
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00)
  if (major >= 136 && major <= 143) return `pts${(major - 136) * 256 + minor}`
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`
  return `${major}:${minor}`
}

/** Of /proc/PID/fdinfo/FD: O_* and the offset; null: not there. */
export function fdinfoIn(text: string): { flags: number | null; offset: number | null } {
  const octal = /^flags:\t0*([0-7]{1,12})$/m.exec(text)?.[1]
  return { flags: octal === undefined ? null : Number.parseInt(octal, 8), offset: whole(/^pos:\t(\d+)$/m.exec(text)?.[1]) }
}
