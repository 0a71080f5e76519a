/** Quotas: SIZE[,INODES] DIR [warn PERCENT], behind the word quota. */
import { parseObject } from './object.ts'
import { QUOTA_OPS, QUOTA_WARN_PERCENT, type Rule } from './rule.ts'
import { near, Trouble, type Word } from './words.ts'

const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, P: 2 ** 50 }

/** Sizes are exact as numbers up to here. */
const LARGEST = 2 ** 53

/** '50G', '1.5T', '100000': bytes, in powers of 1024. Throws Trouble. */
function parseSize(text: string, column: number): number {
  const [, digits = '', unit = ''] = /^(\d{1,16}(?:\.\d{1,3})?)(?:([KMGTP])i?)?B?$/i.exec(text) ?? []
  const size = Math.round(Number(digits) * (UNITS[unit.toUpperCase()] ?? 1))
  if (digits === '') throw new Trouble('how much? 50G, 1.5T, 512M, or bytes', column)
  if (size > LARGEST) throw new Trouble('that is more than any disk holds: at most 8P', column)
  return size
}

function parseInodes(text: string, column: number): number {
  if (!/^\d{1,12}$/.test(text)) throw new Trouble('how many files? A number, such as quota 50G,1000000 /mnt/pv1', column)
  return Number(text)
}

function parsePercent({ text, column }: Word): number {
  const [, digits = ''] = /^(\d{1,3})%?$/.exec(text) ?? []
  const percent = Number(digits)
  if (digits === '' || percent < 1 || percent > 100) throw new Trouble('from which use on is it said? From 1 to 100 percent: warn 80%', column)
  return percent
}

/** The size as it is written: the largest unit that says it exactly. */
export function printSize(bytes: number): string {
  const unit = ['P', 'T', 'G', 'M', 'K'].find((name) => bytes > 0 && bytes % (UNITS[name] as number) === 0)
  return unit ? `${bytes / (UNITS[unit] as number)}${unit}` : String(bytes)
}

/** The words behind `quota`; the rest is what every rule may end with. Throws Trouble. */
export function parseQuotaWords(given: (Word | undefined)[], end: number): { quota: Omit<Rule, 'conditions' | 'ttlMs'>; rest: Word[] } {
  const [size, directory, ...rest] = given.filter((word) => word !== undefined)
  if (!size) throw new Trouble('how much? quota 50G /mnt/pv1', end)
  const comma = size.text.indexOf(',')
  const bytes = parseSize(comma < 0 ? size.text : size.text.slice(0, comma), size.column)
  const inodes = comma < 0 ? null : parseInodes(size.text.slice(comma + 1), size.column + comma + 1)
  if (!directory) throw new Trouble('of which directory? quota 50G /mnt/pv1', end)
  const object = parseObject(directory)
  if (object.kind !== 'file' && object.kind !== 'tree') throw new Trouble('a quota is for one directory: write its whole path', directory.column)
  let warnPercent = QUOTA_WARN_PERCENT
  if (rest[0]?.text === 'warn' && rest[0].quotedFrom < 0) {
    if (!rest[1]) throw new Trouble('from which use on is it said? warn 80%', end)
    warnPercent = parsePercent(rest[1])
    rest.splice(0, 2)
  }
  const [next] = rest
  if (next?.text === 'by') throw new Trouble('a quota counts what everybody writes: it takes no by', next.column)
  if (next && next.text !== 'for')
    throw new Trouble(`this is too much: after the directory come warn PERCENT and for TIME${near(next.text, ['warn', 'for'])}`, next.column)
  return { quota: { action: { kind: 'quota', bytes, inodes, warnPercent }, ops: [...QUOTA_OPS], object: { kind: 'tree', text: object.text } }, rest }
}
