/** Values that were seen, for completing a filter: asked of the model when Tab is pressed, never before. */
import type { Filter } from '../model/filter.ts'
import type { Model } from '../model/model.ts'
import { common, type Seen } from './completion.ts'

/** Files and directories that are looked at, at most. */
const MOST = 500

/** What lies in the directory that was typed so far and begins like the rest: directories end with a slash. `files`: those too. */
function paths(model: Model, typed: string, files: boolean): { value: string; shown: string }[] {
  const start = typed === '' ? '/' : typed
  if (!start.startsWith('/') || /[*?]/.test(start)) return []
  const above: string[] = ['/']
  for (let at = start.indexOf('/', 1); at > 0; at = start.indexOf('/', at + 1)) above.push(start.slice(0, at))
  const filter: Filter = { terms: [{ negate: false, kind: 'text', key: 'path', text: start }] }
  const spec = { sort: 'name', reverse: false, filter, kinds: 'all', expanded: new Set(above), leaves: files, limit: MOST } as const
  const rows = model.directories(spec).rows.filter(({ path, id }) => path.startsWith('/') && (id !== null || !above.includes(path)))
  const found = rows.map(({ path, id }) => (id === null && !path.endsWith('/') ? `${path}/` : path)).filter((path) => path.startsWith(start) && path !== start)
  // One component more than all have in common.
  const shared = common(found)
  const cut = (path: string) => path.slice(0, path.indexOf('/', shared.length) + 1 || path.length)
  const next = new Set(found.map(cut))
  // What all have in common stands in the line.
  const name = shared.lastIndexOf('/') + 1
  return [...next].map((value) => ({ value, shown: value.slice(name) || value }))
}

/** Asks this model. */
export function seenBy(model: Model): Seen {
  return (key, typed) => {
    if (key === 'path' || key === 'dir') return paths(model, typed, key === 'path')
    const { rows } = model.processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'all' })
    if (key === 'pid') return rows.map(({ pid, comm }) => ({ value: String(pid), shown: `${pid} ${comm}` })).sort((a, b) => Number(a.value) - Number(b.value))
    const values = new Set(rows.map((row) => row[key]).filter((value) => value !== '' && value !== '?'))
    return [...values].sort().map((value) => ({ value }))
  }
}
