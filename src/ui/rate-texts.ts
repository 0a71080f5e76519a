/** Rates in words: of the whole machine above every view, of one process at a tick of the past. Pure. */
import { bytes, count } from '../text/units.ts'

/** Calls, and bytes written and read, a second. */
export interface Rates {
  opens: number
  writes: number
  writeBytes: number
  readBytes: number
  errors: number
}

function rate(label: string, text: string): string {
  return `${label} ${text || '0'}/s`
}

/** A text each, in the order in which they may be left out from the end. */
export function rateTexts({ opens, writes, writeBytes, readBytes, errors }: Rates): string[] {
  return [
    rate('open', count(opens)),
    rate('write', count(writes)),
    rate('written', bytes(writeBytes)),
    rate('read', bytes(readBytes)),
    rate('err', count(errors)),
  ]
}
