/** The rules as the screen sees them: their states, the latest news, and the way to carry out what a key asked for. */
import { useEffect, useRef, useState } from 'react'
import type { Ask, Enforcement, RuleControl, RuleState } from '../rules/control.ts'
import { hitText } from './rules-view.ts'
import type { Request } from './state.ts'

/** How long news stays, ms; and how long the answer to a key is not pushed away by a hit. */
const [TOAST_MS, ANSWER_MS] = [6000, 3000]

/** Processes marked as hit, at most. */
const MOST_MARKED = 1000

const NO_BRAKE: Enforcement = { way: 'idle', why: [], skipped: 0 }

export interface Rules {
  states: RuleState[]
  asks: Ask[]
  enforcement: Enforcement
  toast: string | null
  hitPids: ReadonlySet<number>
  carryOut(request: Request): void
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

/** `version` changes once a tick. */
export function useRules(control: RuleControl | null, version: number): Rules {
  const [states, setStates] = useState<RuleState[]>([])
  const [asks, setAsks] = useState<Ask[]>([])
  const [toast, setToast] = useState<string | null>(null)
  const [hitPids, setHitPids] = useState<ReadonlySet<number>>(new Set())
  const timer = useRef<NodeJS.Timeout | undefined>(undefined)
  const answeredMs = useRef(0)
  const tell = (text: string, answer = true) => {
    if (!answer && Date.now() - answeredMs.current < ANSWER_MS) return
    if (answer) answeredMs.current = Date.now()
    clearTimeout(timer.current)
    setToast(text)
    timer.current = setTimeout(() => setToast(null), TOAST_MS)
  }
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => () => clearTimeout(timer.current), [])
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
        latest.current(hitText(last, hits.length - 1), false)
        setHitPids((before) => new Set([...before, ...hits.map(({ pid }) => pid)].slice(-MOST_MARKED)))
      },
      (error: Error) => latest.current(error.message),
    )
  }, [control, version])
  const carryOut = (request: Request) => {
    if (!control) return tell('a recording cannot be stopped: rules are armed on the live screen')
    perform(control, request)
      .then((news) => news !== null && latest.current(news))
      .catch((error: Error) => latest.current(error.message))
      .finally(() => setStates(control.states()))
  }
  return { states, asks, enforcement: control?.enforcement ?? NO_BRAKE, toast, hitPids, carryOut }
}
