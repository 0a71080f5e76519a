/** What files are sorted by, by slot and as bare numbers: where one stands among hundreds of thousands is asked at each tick. */
import type { FileColumn } from './file-look.ts'
import type { FileStates } from './file-states.ts'
import { FIELD } from './tally.ts'

/** The numbers of a column: what it shows, up to a factor, and what decides between equals. */
export interface FileNumbers {
  key(slot: number): number
  next(slot: number): number
}

/** Those of a column; null for one that holds text. */
export function fileNumbers(files: FileStates, column: FileColumn): FileNumbers | null {
  const { tick, total } = files.sums
  const rate = (field: number): FileNumbers => ({ key: (slot) => tick.get(slot, field), next: (slot) => total.get(slot, field) })
  switch (column) {
    case 'opens':
      return rate(FIELD.opens)
    case 'writes':
      return rate(FIELD.writes)
    case 'bytes':
      return rate(FIELD.writeBytes)
    case 'reads':
      return rate(FIELD.readBytes)
    case 'errors':
      return rate(FIELD.errors)
    case 'writers':
      return { key: (slot) => files.writers(slot), next: (slot) => total.get(slot, FIELD.writeBytes) }
    case 'readers':
      return { key: (slot) => files.readers(slot), next: (slot) => total.get(slot, FIELD.readBytes) }
    case 'processes':
      return { key: (slot) => files.users(slot), next: (slot) => total.get(slot, FIELD.opens) }
    case 'total':
      return { key: (slot) => total.get(slot, FIELD.writeBytes) + total.get(slot, FIELD.readBytes), next: (slot) => total.get(slot, FIELD.opens) }
    case 'path':
    case 'process':
      return null
  }
}
