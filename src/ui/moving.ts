/** Where the keys that move lead to, in whatever list is on the screen. Pure. */
import type { Action } from './keys.ts'

/** The row that a key leads to from row `at` of `count`, `page` of which are in view; null: it is no key that moves. 0 where there are none. */
export function moved(action: Action, at: number, count: number, page: number): number | null {
  const to = target(action, at, count, page)
  return to === null ? null : Math.max(0, Math.min(count - 1, to))
}

function target(action: Action, at: number, count: number, page: number): number | null {
  switch (action.do) {
    case 'move':
      return at + action.by
    case 'page':
      // One row of the page before stays in view.
      return at + action.by * Math.max(1, page - 1)
    case 'first':
      return 0
    case 'last':
      return count - 1
    default:
      return null
  }
}

/** The first row to show, nearest to `scroll`, so that row `at` is in view and no more of the page is empty than must be. */
export function follow(scroll: number, at: number, count: number, page: number): number {
  return Math.max(0, Math.min(Math.max(0, count - page), Math.max(Math.min(scroll, at), at - page + 1)))
}
