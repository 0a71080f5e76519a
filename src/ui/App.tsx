/** The running screen: batches in, keys in, lines out. */
import { type Key, useApp, useInput, useWindowSize } from 'ink'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Source } from '../batch/batch.ts'
import { refine } from '../model/frozen.ts'
import { Model, type ProcessView } from '../model/model.ts'
import type { Ask, RuleControl } from '../rules/control.ts'
import { parseRule } from '../rules/parse.ts'
import { CALM_MS, useCalm } from './calm.ts'
import { helpLines } from './help.ts'
import { actionFor, isAboutRules, type RuleKind } from './keys.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { previewOf } from './preview.ts'
import { draftRule } from './rules-view.ts'
import { Screen } from './Screen.tsx'
import { drawScreen, isQuota, listRows } from './screen.ts'
import { initialState, reduce, settle, type UiState } from './state.ts'
import { useRules } from './use-rules.ts'

export interface AppProps {
  source: Source
  start: Parameters<typeof initialState>[0]
  /** e.g. 'recording to x.ndjson' */
  notes: string[]
  /** forgets what is on the screen, so that the next frame is drawn whole */
  redraw(): void
  /** asked when the source ends: a sentence to show, or null */
  ending(): string | null
  /** null: nothing can be stopped here, a recording for one */
  control: RuleControl | null
  /** rings the terminal and marks its title when somebody waits */
  bell: boolean
  look?: ScreenLook
  /** a sentence to begin with, as news */
  news?: string | null
}

/** Feeds the model; a new number each time it changed. */
function useModel(source: Source, onEnd: () => void): { model: Model; version: number } {
  const [model] = useState(() => new Model(source.info))
  const [version, setVersion] = useState(0)
  const { exit } = useApp()
  const ended = useRef(onEnd)
  useEffect(() => {
    let on = true
    const run = async () => {
      while (on) {
        const batch = await source.next()
        if (!on) return
        if (!batch) return ended.current()
        model.apply(batch)
        setVersion((n) => n + 1)
      }
    }
    run().catch((error: Error) => exit(error))
    return () => {
      on = false
    }
  }, [source, model, exit])
  return { model, version }
}

/** Rings once for each who begins to wait; the title says how many do. */
function useBell(on: boolean, asks: readonly Ask[]): void {
  const newest = asks.at(-1)?.id ?? 0
  const rung = useRef(0)
  const waiting = asks.length
  useEffect(() => {
    if (!on) return
    if (newest > rung.current) process.stdout.write('\u0007')
    rung.current = Math.max(rung.current, newest)
    process.stdout.write(`\u001b]2;${waiting > 0 ? `(${waiting} waiting) ` : ''}fswatch-tui\u0007`)
  }, [on, newest, waiting])
}

export function App({ source, start, notes, redraw, ending, control, bell, look = USUAL_LOOK, news = null }: AppProps) {
  const { exit } = useApp()
  const { columns, rows } = useWindowSize()
  const [state, setState] = useState<UiState>(() => initialState(start))
  const [endNote, setEndNote] = useState<string | null>(null)
  const [generation, setGeneration] = useState(0)
  const { model, version } = useModel(source, () => setEndNote(ending() ?? 'recording over'))
  const frozen = useRef<ProcessView | null>(null)

  const view = useMemo(() => {
    const spec = { sort: state.sort, reverse: state.reverse, filter: state.filter, kinds: state.kinds }
    if (!state.paused) {
      frozen.current = null
      return model.processes(spec)
    }
    frozen.current ??= model.processes({ ...spec, filter: null })
    return { ...frozen.current, rows: refine(frozen.current.rows, state.filter, state.sort, state.reverse) }
  }, [model, version, state.sort, state.reverse, state.filter, state.kinds, state.paused])

  const rules = useRules(control, version, news)
  useBell(bell, rules.asks)
  const { mode, ruleText } = state
  const preview = useMemo(() => {
    const parsed = mode === 'rule' ? parseRule(ruleText) : null
    return parsed?.ok ? previewOf(parsed.rule, model, (pid) => control?.exempt(pid) ?? false) : null
  }, [mode, ruleText, model, version, control])

  const around = {
    rows: view.rows.map((row) => row.id),
    page: listRows({ header: view.header, state, preview, doing: rules.doing, toast: rules.toast, asks: rules.asks }, columns, rows),
    helpLines: helpLines(source.info, columns, look.keys).length,
    columns: look.columns ?? [],
    draft: (action: RuleKind) => {
      const row = view.rows[latest.current.selectedIndex]
      return row ? draftRule(action, row) : null
    },
    rules: state.mode === 'quotas' ? rules.states.filter(isQuota) : rules.states,
    asks: rules.asks,
  }
  const settled = settle(state, around)

  // Several keys can come before the next frame: each builds on the one before, not on what was drawn.
  const latest = useRef(settled)
  latest.current = settled
  const press = (input: string, key: Key) => {
    const action = actionFor(latest.current.mode, input, key, look.keys)
    if (!action) return
    if (action.do === 'quit') return exit()
    if (action.do === 'redraw') {
      redraw()
      return setGeneration((n) => n + 1)
    }
    if (!control && isAboutRules(action)) {
      rules.sayNotHere(action.do === 'rule')
      // The line still tells what a rule would have hit; the views of rules would be empty.
      if (action.do !== 'rule') return
    }
    const next = reduce(latest.current, action, around)
    if (next.request) rules.carryOut(next.request)
    latest.current = { ...next, request: null }
    setState(latest.current)
  }
  useInput((input, key) => {
    // Characters typed fast come as one text; each is a key of its own, and the first may change what the next one means.
    const characters = [...input]
    if (characters.length < 2) return press(input, key)
    for (const character of characters) press(character, key)
  })

  const lines = drawScreen(
    {
      info: source.info,
      header: view.header,
      rows: view.rows,
      state: settled,
      notes: endNote ? [...notes, endNote] : notes,
      rules: rules.states,
      enforcement: rules.enforcement,
      preview,
      doing: rules.doing,
      toast: rules.toast,
      hitPids: rules.hitPids,
      asks: rules.asks,
      defaultAnswer: control?.defaultAnswer ?? 'deny',
      nowMs: Date.now(),
      look,
    },
    columns,
    rows,
  )
  const urgent = [state, columns, rows, rules.toast, rules.doing, rules.asks.length, endNote]
  const shown = useCalm(lines, urgent, look.screenReader ? CALM_MS : 0)
  return <Screen key={generation} lines={shown} theme={look.theme} />
}
