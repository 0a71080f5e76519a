/**
 * Keys that act on the machine (arm, disarm, answer, signal) act only if one was pressed by hand on what the screen shows: a pasted text,
 * which may hold any key, must not. Terminals without bracketed paste send it as keys.
 */
import { useApp } from 'ink'
import { useEffect, useRef } from 'react'
import { isLineEdited, type KeyRow } from './keys.ts'
import type { Arrival } from './terminal-input.ts'
import type { Request, UiState } from './ui-state.ts'

/** What a key that acts acts on, as text: what the screen must have shown before. `selected`: the id of the selected rule. */
export function targetText({ mode, ruleText, ruleReplaces, danger, ask, confirm, paletteText, paletteIndex }: UiState, selected: number | undefined): string {
  const target = {
    rule: [ruleText, ruleReplaces],
    confirm: [danger?.text, danger?.typed.text],
    asks: [ask],
    rules: [selected, confirm],
    quotas: [selected],
    palette: [paletteText, paletteIndex],
  }
  return JSON.stringify([mode, mode in target ? target[mode as keyof typeof target] : null])
}

/** Returns the target that the terminal shows: `target` once the frame with it is written, until then an earlier one. */
export function useShownTarget(target: string): { readonly current: string } {
  const { waitUntilRenderFlush } = useApp()
  const shown = useRef('')
  useEffect(() => {
    let isStale = false
    void waitUntilRenderFlush().then(() => {
      if (!isStale) shown.current = target
    })
    return () => {
      isStale = true
    }
  }, [target])
  return shown
}

/** What a request does, as a verb. */
function verbOf(request: Request): string {
  switch (request.do) {
    case 'arm':
      return 'arm'
    case 'undo':
      return 'disarm'
    case 'toggle':
      return 'disarm or arm'
    case 'remove':
      return 'delete'
    case 'answer':
      return 'answer'
    case 'signal':
      return request.signal === 'SIGKILL' ? 'kill' : 'stop'
  }
}

/** Why the key that asks for `request` is not obeyed, and what to do; null: it is. `isShown`: the screen shows what it acts on. `again`: 'press Enter'. */
export function whyNotSure(request: Request, { isSingle, isQuiet }: Arrival, isShown: boolean, again: string, { mode }: Pick<UiState, 'mode'>): string | null {
  if (isSingle && isQuiet && isShown) return null
  const reason = isLineEdited(mode) || mode === 'confirm' ? 'the line changed in the same input' : 'it came together with other input'
  return `${again} again to ${verbOf(request)}: ${reason}`
}

/** What to press for an action: 'press Enter'. `keys`: the key table. */
export function pressText({ mode }: Pick<UiState, 'mode'>, action: KeyRow['action'], keys: readonly KeyRow[]): string {
  const wanted = JSON.stringify(action)
  const row = keys.find((key) => key.mode === mode && JSON.stringify(key.action) === wanted)
  return row ? `press ${row.keys}` : 'click'
}
