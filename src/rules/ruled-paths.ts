/** Which paths rules are about. */
import type { RuleObject } from './rule.ts'

/** Suffixes by their length, so that a name is compared once a length. */
type Suffixes = Map<number, Set<string>>

function endsIn(suffixes: Suffixes, name: string): boolean {
  for (const [length, texts] of suffixes) if (name.length >= length && texts.has(name.slice(name.length - length))) return true
  return false
}

/** Is one of the directories above, or the path itself, among these? */
function liesIn(trees: ReadonlySet<string>, path: string): boolean {
  if (trees.size === 0) return false
  if (trees.has('/')) return path.startsWith('/')
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) if (trees.has(path.slice(0, end))) return true
  return false
}

/**
 * Says of a path whether one of the objects names it, as coversPath() does for one object; however many objects there are, at the cost of
 * the path's components. Null: there are no objects.
 */
export function ruledPaths(objects: readonly RuleObject[]): ((path: string) => boolean) | null {
  if (objects.length === 0) return null
  const [files, trees, names] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const suffixes: Suffixes = new Map()
  for (const { kind, text } of objects) {
    if (kind === 'suffix') suffixes.set(text.length, (suffixes.get(text.length) ?? new Set()).add(text))
    else ({ file: files, tree: trees, name: names })[kind].add(text)
  }
  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return files.has(path) || names.has(name) || endsIn(suffixes, name) || liesIn(trees, path)
  }
}
