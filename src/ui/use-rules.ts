/** The rules as the screen sees them: their states, the latest news, and the way to carry out what a key asked for. */
import { useApp } from 'ink'
import { useEffect, useRef, useState } from 'react'
import {
  type ArmOptions,
  type ArmProgress,
  type Ask,
  armProgressText,
  type Enforcement,
  type RuleControl,
  type RuleHit,
  type RuleState,
} from '../rules/control.ts'
import { printRule } from '../rules/print.ts'
import { hitText } from './rules-view.ts'
import type { Request } from './state.ts'

/** How long news stays, ms: at least, and for each character, since a long sentence takes longer to read. */
const [TOAST_MS, READING_MS] = [6000, 60]

/** How long the answer to a key is not pushed away by a hit, ms. */
const ANSWER_MS = 3000

const NOT_HERE = 'a recording cannot be stopped: rules are armed on the live screen'

/** ms from a change of the pending requests to the screen. */
const ASKS_MS = 30

/** Processes marked as hit, at most. */
const MOST_MARKED = 1000

/** ms between two figures of how far arming is. */
const PROGRESS_MS = 250

/** A rule that is being armed. */
interface Arming {
  line: string
  cancel: AbortController
  progress: ArmProgress | null
}

const NO_BRAKE: Enforcement = { way: 'idle', why: [], skipped: 0 }

/** Rules and pending requests, as the screen shows them. */
export interface Rules {
  states: RuleState[]
  asks: Ask[]
  enforcement: Enforcement
  /** the rules being armed now, as a sentence; null where none is */
  doing: string | null
  toast: string | null
  hitPids: ReadonlySet<number>
  carryOut(request: Request): void
  /** Cancels what is being armed; false where nothing is. */
  cancelArming(): boolean
  /** says why there are no rules here; `drafted`: a line is open all the same */
  sayNotHere(drafted: boolean): void
  /** says why a key did nothing */
  say(text: string): void
}

/** The line of the rule that a request is going to arm; null: it arms none. */
function armedBy(control: RuleControl, request: Request): string | null {
  if (request.do === 'arm') return printRule(request.rule)
  if (request.do !== 'toggle') return null
  const rule = control.states().find(({ id }) => id === request.id)
  return rule && rule.state !== 'armed' && rule.state !== 'counting' ? rule.text : null
}

async function perform(control: RuleControl, request: Request, options: ArmOptions): Promise<string | null> {
  switch (request.do) {
    case 'arm': {
      const armed = request.replaces === null ? await control.arm(request.rule, options) : await control.replace(request.replaces, request.rule, options)
      const said = `rule ${armed.id} is armed: ${armed.text}${armed.notes.length > 0 ? ` (${armed.notes.join('; ')})` : ''}`
      // With the next update, what the arming found out would take the place of its answer.
      return [said, ...control.news()].join('; ')
    }
    case 'undo': {
      const last = control.states().findLast(({ state }) => state === 'armed')
      if (!last) return 'no rule is armed'
      await control.disarm(last.id)
      return `rule ${last.id} is disarmed: ${last.text}`
    }
    case 'toggle': {
      const rule = control.states().find(({ id }) => id === request.id)
      if (!rule) return null
      if (rule.state === 'armed' || rule.state === 'counting') {
        await control.disarm(rule.id)
        return `rule ${rule.id} is disarmed`
      }
      const again = await control.arm(rule.rule, options)
      await control.remove(rule.id)
      return `armed again, as rule ${again.id}`
    }
    case 'answer':
      return control.answer(request.id, request.answer)
    case 'signal':
      return control.signalHolders(request.id, request.signal)
    case 'remove':
      await control.remove(request.id)
      return `rule ${request.id} is deleted`
  }
}

/** `version` changes once a tick; `first` is the news to begin with; `onHits` is told of what rules did. */
export function useRules(
  control: RuleControl | null,
  version: number,
  first: string | null = null,
  onHits: (hits: readonly RuleHit[]) => void = () => {},
): Rules {
  const { waitUntilRenderFlush } = useApp()
  const [arming, setArming] = useState<readonly Arming[]>([])
  const [states, setStates] = useState<RuleState[]>([])
  const [asks, setAsks] = useState<Ask[]>([])
  const [toast, setToast] = useState<string | null>(null)
  const [hitPids, setHitPids] = useState<ReadonlySet<number>>(new Set())
  const timer = useRef<NodeJS.Timeout | undefined>(undefined)
  const answeredMs = useRef(Number.NEGATIVE_INFINITY)
  const over = useRef(false)
  const tell = (text: string, answer = true) => {
    // A timer would keep the program from ending.
    if (over.current) return
    if (!answer && performance.now() - answeredMs.current < ANSWER_MS) return
    if (answer) answeredMs.current = performance.now()
    clearTimeout(timer.current)
    setToast(text)
    timer.current = setTimeout(() => setToast(null), Math.max(TOAST_MS, text.length * READING_MS))
  }
  const latest = useRef(tell)
  latest.current = tell
  const heard = useRef(onHits)
  heard.current = onHits
  useEffect(() => {
    if (first !== null) latest.current(first)
    return () => {
      over.current = true
      clearTimeout(timer.current)
    }
  }, [])
  useEffect(() => {
    if (!control) return
    // Thousands may come in a second: a frame for each would take longer than that.
    let due: NodeJS.Timeout | undefined
    control.onAsks = () => {
      due ??= setTimeout(() => {
        due = undefined
        setAsks(control.asks())
      }, ASKS_MS)
    }
    return () => {
      clearTimeout(due)
      control.onAsks = null
    }
  }, [control])
  useEffect(() => {
    if (!control || version === 0) return
    control.tick().then(
      (hits) => {
        const last = hits.at(-1)
        setStates(control.states())
        setAsks(control.asks())
        const sentences = control.news()
        if (sentences.length > 0) latest.current(sentences.join('; '))
        if (!last) return
        heard.current(hits)
        latest.current(hitText(last, hits.length - 1), false)
        setHitPids((before) => new Set([...before, ...hits.map(({ pid }) => pid)].slice(-MOST_MARKED)))
      },
      (error: Error) => latest.current(error.message),
    )
  }, [control, version])
  const armingNow = useRef(arming)
  const showArming = (change: (before: readonly Arming[]) => readonly Arming[]) => {
    armingNow.current = change(armingNow.current)
    if (!over.current) setArming(armingNow.current)
  }
  const carryOut = (request: Request) => {
    if (!control) return tell(NOT_HERE)
    const line = armedBy(control, request)
    const cancel = new AbortController()
    const mine = (one: Arming) => one.cancel === cancel
    let shownMs = 0
    const onProgress = (progress: ArmProgress) => {
      if (Date.now() - shownMs < PROGRESS_MS) return
      shownMs = Date.now()
      showArming((all) => all.map((one) => (mine(one) ? { ...one, progress } : one)))
      setStates(control.states())
    }
    const run = async () => {
      if (line !== null) {
        showArming((all) => [...all, { line, cancel, progress: null }])
        // Loading the kernel's side keeps this thread busy for seconds: what is going on must be on the screen before.
        await waitUntilRenderFlush()
        // The user left meanwhile.
        if (over.current) return
      }
      try {
        const news = await perform(control, request, { signal: cancel.signal, onProgress })
        if (news !== null) latest.current(news)
      } catch (error) {
        latest.current((error as Error).message)
      } finally {
        if (line !== null) showArming((all) => all.filter((one) => !mine(one)))
        setStates(control.states())
      }
    }
    void run()
  }
  const cancelArming = () => {
    for (const { line, cancel } of armingNow.current) cancel.abort(new Error(`cancelled, and not armed: ${line}`))
    return armingNow.current.length > 0
  }
  const sayNotHere = (drafted: boolean) => tell(drafted ? `${NOT_HERE}; the line only shows what a rule would have hit` : NOT_HERE)
  const doing = armingText(arming)
  return {
    ...{ states, asks, enforcement: control?.enforcement ?? NO_BRAKE, doing, toast, hitPids },
    ...{ carryOut, cancelArming, sayNotHere, say: (text: string) => tell(text) },
  }
}

/** What is being armed, and how far it is; null: nothing is. */
function armingText(arming: readonly Arming[]): string | null {
  const [first] = arming
  if (!first) return null
  const more = arming.length > 1 ? ` and ${arming.length - 1} more` : ''
  const { progress } = first
  return `arming: ${first.line}${more} …${progress === null ? '' : ` ${armProgressText(progress)}. Esc cancels`}`
}
