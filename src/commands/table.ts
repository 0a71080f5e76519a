/**
 * Printed tables, by ink-table. It is CommonJS and requires Ink, which cannot be required (a top-level await in its graph). So the
 * Ink and React this program already runs are put where `require` looks first.
 */
import { createRequire } from 'node:module'
import * as ink from 'ink'
import * as react from 'react'
import { printLine } from './standard-output.ts'

/** Wide enough that no cell is ever wrapped: a printed table may be wider than the terminal, but not broken. */
const TABLE_COLUMNS = 500

type Row = Record<string, string | number>

function preload(require: NodeJS.Require, name: string, exports: unknown): void {
  const path = require.resolve(name)
  if (!require.cache[path])
    require.cache[path] = {
      id: path,
      filename: path,
      path,
      loaded: true,
      exports,
      children: [],
      paths: [],
      isPreloading: false,
      parent: null,
      require,
    } as unknown as NodeJS.Module
}

/** Prints rows under the names of their keys; nothing for none. */
export async function printTable(rows: Row[]): Promise<void> {
  if (rows.length === 0) return
  const require = createRequire(import.meta.url)
  preload(require, 'ink', ink)
  preload(require, 'react', react)
  const { default: Table } = require('ink-table') as { default: react.ComponentType<{ data: Row[] }> }
  printLine(ink.renderToString(react.createElement(Table, { data: rows }), { columns: TABLE_COLUMNS }))
}
