/** Rows for tests of keys: a list of ids instead of a model. */
import type { RowSource } from '../../src/ui/rows.ts'
import type { Surroundings } from '../../src/ui/state.ts'
import type { TableRow } from '../../src/ui/view.ts'

/** A row of which only the id and what is said here matter. */
export function tableRow(id: string, some: Partial<TableRow> = {}): TableRow {
  return {
    ...{ id, text: () => id, depth: 0, holder: null, expandable: false, expanded: false, chain: [], ended: false, pid: null, subject: { kind: 'nothing' } },
    ...some,
  }
}

/** Rows in this order. */
export function listed(rows: readonly (string | TableRow)[]): RowSource {
  const all = rows.map((row) => (typeof row === 'string' ? tableRow(row) : row))
  return { count: all.length, row: (i) => all[i] ?? null, place: (id) => all.findIndex((row) => row.id === id), holder: () => -1 }
}

/** A screen with nothing on it but what is said. */
export function screenOf(some: Partial<Surroundings> = {}): Surroundings {
  const columns = ['pid', 'bytes']
  return {
    ...{
      rows: listed([]),
      columns,
      shown: columns,
      chosen: null,
      settled: null,
      usual: columns,
      seen: () => [],
      page: 10,
      moments: [],
      commands: [],
      helpLines: 0,
      brake: true,
      draft: () => null,
      rules: [],
      asks: [],
    },
    ...some,
  }
}
