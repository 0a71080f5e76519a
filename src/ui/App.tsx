/** The running screen: batches in, keys in, lines out. */
import { useApp, useInput, usePaste, useWindowSize } from 'ink'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { ProcessId, Source } from '../batch/batch.ts'
import type { Now, Target } from '../batch/now.ts'
import type { ModelLimits } from '../model/model.ts'
import type { RuleControl } from '../rules/control.ts'
import type { Rule } from '../rules/rule.ts'
import { CALM_MS, useCalm } from './calm.ts'
import { whyNone } from './draft.ts'
import { absence, selectedRow } from './in-table.ts'
import { type Action, actionFor, isAboutRules, isLineEdited, type Mode } from './keys.ts'
import type { Line } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import type { Change } from './memory.ts'
import { resolved } from './palette.ts'
import { oneLine } from './paste.ts'
import { actionsOf } from './pointing.ts'
import { goneNews } from './present.ts'
import { dangersHere, previewFor } from './preview.ts'
import { refinedQuota } from './quota-guess.ts'
import { RowsMaker } from './rows.ts'
import { Screen } from './Screen.tsx'
import { drawScreen, isTooSmall } from './screen.ts'
import { scrubTrouble } from './scrub.ts'
import { actedOn, around, presentOf, type Stage, tableData } from './stage.ts'
import { initialState, reduce, settle, type UiState } from './state.ts'
import { pressText, targetText, useShownTarget, whyNotSure } from './sure-key.ts'
import type { Arrival, TerminalInput } from './terminal-input.ts'
import { isStuck } from './terminal-output.ts'
import { settleRule } from './typing.ts'
import { useBell } from './use-bell.ts'
import { useModel } from './use-model.ts'
import { useMouse } from './use-mouse.ts'
import { targetOf, useNow } from './use-now.ts'
import { useRuledFiles } from './use-ruled-files.ts'
import { useRules } from './use-rules.ts'
import { useStream } from './use-stream.ts'
import { farewell, type Job, useSuspend } from './use-suspend.ts'

const ESCAPE = '\u001b'

/** Where Esc cancels what is being armed. */
const CANCELLING: ReadonlySet<Mode> = new Set<Mode>(['table', 'rules', 'quotas', 'asks'])

/** What the screen runs on. */
export interface AppProps {
  source: Source
  start: Parameters<typeof initialState>[0]
  /** e.g. 'recording to x.ndjson' */
  notes: string[]
  /** forgets what is on the screen, so that the next frame is drawn whole */
  redraw(): void
  /** asked for each frame: what goes wrong beside the view, as a recording that stopped, a sentence; or null */
  trouble?(): string | null
  /** asked when the source ends: a sentence to show, or null */
  ending(): string | null
  /** null: nothing can be stopped here, a recording for one */
  control: RuleControl | null
  /** asks the live machine what it says of something now; null: there is none, as over a recording */
  askNow?: ((target: Target) => Promise<Now | null>) | null
  /** rings the terminal and marks its title when somebody waits */
  bell: boolean
  /** told when the terminal is left to others, and before it is taken again */
  away?(is: boolean): void
  /** told when the screen ends */
  over?(): void
  /** of the terminal; null: as Ink has it */
  size?: { columns: number; rows: number } | null
  /** what reads the terminal; null: Ink alone does, without a mouse, and each piece that it hands over is taken for a read */
  input?: TerminalInput | null
  /** this program as its shell's job; null: nobody's */
  job?: Job | null
  look?: ScreenLook
  /** remembers something beyond this run; resolves to what is to be said of that, or null */
  remember?(change: Change): Promise<string | null>
  /** a sentence to begin with, as news */
  news?: string | null
  /** how much is remembered, where that is not what is usual */
  limits?: Partial<ModelLimits>
}

const SURE: Arrival = { isSingle: true, isQuiet: true }

export function App({
  source,
  start,
  notes,
  redraw,
  trouble,
  ending,
  control,
  askNow = null,
  bell,
  away,
  over,
  size = null,
  input = null,
  job = null,
  look = USUAL_LOOK,
  remember,
  news = null,
  limits,
}: AppProps) {
  const { exit } = useApp()
  const own = useWindowSize()
  const { columns, rows } = size ?? own
  const [state, setState] = useState<UiState>(() => initialState(start))
  const [endNote, setEndNote] = useState<string | null>(null)
  const { model, version, backlog, shownNs } = useModel(source, state.paused, () => setEndNote(ending() ?? 'recording over'), limits)
  const [maker] = useState(() => new RowsMaker())

  const { seen, want } = useNow(askNow)
  const rules = useRules(control, version, news, (hits) => model.noteHits(hits.map(({ rule, ...hit }) => ({ ...hit, rule: rule.id }))))
  useBell(bell, rules.asks)
  useRuledFiles(model, rules.states)
  const { mode, ruleText, ruleReplaces, danger } = settleRule(state, { refined: (line) => refinedQuota(line, seen) })
  const preview = useMemo(
    () => previewFor({ mode, ruleText, ruleReplaces, danger }, model, (pid) => control?.exempt(pid) ?? false, seen, control?.placeNotes.bind(control)),
    [mode, ruleText, ruleReplaces, danger?.text, model, model.header, control, seen],
  )

  const { waiting } = backlog
  const paused = state.paused ? { ...waiting, seconds: waiting.batches > 0 ? (waiting.timeNs - shownNs) / 1e9 : 0 } : null
  const hasEnded = (id: ProcessId) => backlog.hasEnded(id)
  const stage: Stage = {
    ...rules,
    rules: rules.states,
    info: source.info,
    model,
    maker,
    brake: control !== null,
    ...(control && { dangers: (rule: Rule) => dangersHere(rule, control, model), inability: control.inability.bind(control) }),
    preview,
    columns,
    rows,
    look,
    now: seen,
    paused,
    hasEnded,
  }
  const settled = settle(state, around(stage, state))

  useStream(source, model, settled, version)

  // Several keys can come before the next frame: each builds on the one before, not on what was drawn.
  const latest = useRef(settled)
  latest.current = settled
  const selectedRule = (of: UiState) => (of.mode === 'rules' || of.mode === 'quotas' ? around(stage, of).rules[of.ruleIndex]?.id : undefined)
  const shownTarget = useShownTarget(targetText(settled, selectedRule(settled)))
  const act = (wanted: Action, arrival: Arrival) => {
    const before = latest.current
    const { state: chosen, action } = resolved(before, wanted, around(stage, before))
    if (!action) return
    const again = pressText(before, wanted, look.keys)
    if (action.do === 'quit') {
      // It disarms all rules, so a pasted q must not do it. Two keys in one read are no Ctrl-C.
      if (!arrival.isSingle && rules.states.some(({ state }) => state === 'armed'))
        return rules.say(`${again} again to quit: it came together with other input`)
      return exit()
    }
    if (chosen !== before) setState(chosen)
    latest.current = chosen
    if (action.do === 'redraw') return redraw()
    if (action.do === 'suspend') return suspend()
    // On a screen that is too small nobody sees what a key does: Enter might arm a rule.
    if (isTooSmall(columns, rows) && action.do !== 'back') return
    const now = around(stage, latest.current)
    const trouble = scrubTrouble(latest.current, action, now)
    if (trouble !== null) return rules.say(trouble)
    if (action.do === 'count' && !askNow) return rules.say('a recording does not tell how large a directory is')
    const absent = absence(latest.current, action, now)
    if (absent !== null) return rules.say(absent)
    const pointedAt = action.do === 'rule' ? selectedRow(latest.current, now) : null
    if (pointedAt && action.do === 'rule' && now.draft(action.action) === null) return rules.say(whyNone(action.action, actedOn(pointedAt.subject, stage)))
    const gone = pointedAt && control && action.do === 'rule' && action.action !== 'quota' ? goneNews(pointedAt.subject, presentOf(stage)) : null
    if (gone !== null) rules.say(gone)
    if (!control && isAboutRules(action)) {
      rules.sayNotHere(action.do === 'rule')
      // The line still tells what a rule would have hit; the views of rules would be empty.
      if (action.do !== 'rule') return
    }
    const next = reduce(latest.current, action, now)
    if (next.request) {
      const unsure = whyNotSure(next.request, arrival, shownTarget.current === targetText(before, selectedRule(before)), again, before)
      if (unsure !== null) {
        latest.current = before
        setState(before)
        return rules.say(unsure)
      }
      input?.spend()
      rules.carryOut(next.request)
    }
    if (next.remember) void remember?.(next.remember).then((said) => said !== null && rules.say(said))
    latest.current = settle({ ...next, request: null, remember: null }, around(stage, next))
    setState(latest.current)
  }
  useInput((text, key) => {
    // Characters typed fast come as one text; each is a key of its own, and the first may change what the next one means.
    const characters = [...text]
    const isSingle = characters.length < 2
    const press = (character: string) => {
      // Before it means anything else; a line that is edited is left first.
      if ((key.escape || character === ESCAPE) && CANCELLING.has(latest.current.mode) && rules.cancelArming()) return
      const action = actionFor(latest.current.mode, character, key, look.keys)
      if (action) act(action, key.ctrl && character === 'c' ? SURE : (input?.arrival ?? { isSingle, isQuiet: isSingle }))
    }
    if (isSingle) press(text)
    else for (const character of characters) press(character)
  })
  usePaste((text) => {
    const { mode } = latest.current
    if (!isLineEdited(mode) || isTooSmall(columns, rows)) return rules.say('paste ignored: no line is being edited')
    act({ do: 'type', text: oneLine(text) }, { isSingle: false, isQuiet: false })
  })

  const table = tableData(stage, settled)
  const { detail } = table
  useEffect(() => want(targetOf(settled, detail), !settled.paused))
  const lines = drawScreen(
    {
      info: source.info,
      ...table,
      now: seen,
      state: settled,
      // First, since the header has no room for all.
      notes: [trouble?.() ?? [], notes, endNote ?? []].flat(),
      rules: rules.states,
      enforcement: rules.enforcement,
      ...(control && { inability: control.inability.bind(control) }),
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
  const calm = useCalm(lines, urgent, look.screenReader ? CALM_MS : 0)
  const drawn = useRef<Line[]>(calm)
  // Frames would pile up in memory while the terminal takes none.
  const shown = isStuck() ? drawn.current : calm
  drawn.current = shown
  const switchMouse = useMouse(input, (gestures, arrival) => {
    for (const action of actionsOf(gestures, drawn.current, latest.current.mode)) act(action, arrival)
  })
  const suspend = useSuspend({
    job,
    leave: () => {
      switchMouse(false)
      away?.(true)
    },
    back: () => away?.(false),
    enter: () => {
      switchMouse(true)
      redraw()
    },
    farewell: () => farewell(rules.states, control?.defaultAnswer ?? 'deny'),
    say: rules.say,
  })
  const leaving = useRef(over)
  leaving.current = over
  useEffect(
    () => () => {
      away?.(true)
      leaving.current?.()
    },
    [],
  )
  return <Screen lines={shown} theme={look.theme} columns={columns} />
}
