/** The rules as the screen sees them: their states, the latest news, and the way to carry out what a key asked for. */
import { useApp } from 'ink'
import { useEffect, useRef, useState } from 'react'
import type { Ask, Enforcement, RuleControl, RuleHit, RuleState } from '../rules/control.ts'
import { printRule } from '../rules/print.ts'
import { hitText } from './rules-view.ts'
import type { Request } from './state.ts'

/** How long news stays, ms: at least, and for each character, since a long sentence takes longer to read. */
const [TOAST_MS, READING_MS] = [6000, 60]

/** How long the answer to a key is not pushed away by a hit, ms. */
const ANSWER_MS = 3000

const NOT_HERE = 'a recording cannot be stopped: rules are armed on the live screen'

/** Processes marked as hit, at most. */
const MOST_MARKED = 1000

const NO_BRAKE: Enforcement = { way: 'idle', why: [], skipped: 0 }

export interface Rules {
  states: RuleState[]
  asks: Ask[]
  enforcement: Enforcement
  /** the rules being armed now, as a sentence; null where none is */
  doing: string | null
  toast: string | null
  hitPids: ReadonlySet<number>
  carryOut(request: Request): void
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

async function perform(control: RuleControl, request: Request): Promise<string | null> {
  switch (request.do) {
    case 'arm': {
      const armed = request.replaces === null ? await control.arm(request.rule) : await control.replace(request.replaces, request.rule)
      return `rule ${armed.id} is armed: ${armed.text}${armed.notes.length > 0 ? ` (${armed.notes.join('; ')})` : ''}`
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
      const again = await control.arm(rule.rule)
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
  const [arming, setArming] = useState<readonly string[]>([])
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
    control.onAsks = () => setAsks(control.asks())
    return () => {
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
        for (const sentence of control.news()) latest.current(sentence)
        if (!last) return
        heard.current(hits)
        latest.current(hitText(last, hits.length - 1), false)
        setHitPids((before) => new Set([...before, ...hits.map(({ pid }) => pid)].slice(-MOST_MARKED)))
      },
      (error: Error) => latest.current(error.message),
    )
  }, [control, version])
  const carryOut = (request: Request) => {
    if (!control) return tell(NOT_HERE)
    const line = armedBy(control, request)
    const run = async () => {
      if (line !== null) {
        setArming((lines) => [...lines, line])
        // Loading the kernel's side keeps this thread busy for seconds: what is going on must be on the screen before.
        await waitUntilRenderFlush()
        // The user left meanwhile.
        if (over.current) return
      }
      try {
        const news = await perform(control, request)
        if (news !== null) latest.current(news)
      } catch (error) {
        latest.current((error as Error).message)
      } finally {
        if (line !== null) setArming((lines) => without(lines, line))
        setStates(control.states())
      }
    }
    void run()
  }
  const sayNotHere = (drafted: boolean) => tell(drafted ? `${NOT_HERE}; the line only shows what a rule would have hit` : NOT_HERE)
  const [line] = arming
  const doing = line === undefined ? null : `arming: ${line}${arming.length > 1 ? ` and ${arming.length - 1} more` : ''} …`
  return { states, asks, enforcement: control?.enforcement ?? NO_BRAKE, doing, toast, hitPids, carryOut, sayNotHere, say: (text) => tell(text) }
}

/** Less one `line`: the same rule may be armed twice at once. */
function without(lines: readonly string[], line: string): string[] {
  const at = lines.indexOf(line)
  return lines.filter((_, i) => i !== at)
}
