/** Leaving the terminal to the shell and coming back: by Ctrl-Z, by SIGTSTP, and after a stop that nobody announced. */
import { useApp } from 'ink'
import { useEffect, useRef } from 'react'
import type { Answer, RuleState } from '../rules/control.ts'

/** This program as its shell's job. */
export interface Job {
  /** why it cannot be suspended, a sentence, or null */
  trouble(): string | null
  /** stops the whole job, or this process alone; resolves when it goes on */
  stop(whole: boolean): Promise<void>
  /** resolves when the terminal listens to it, or it is over */
  foreground(isOver: () => boolean): Promise<void>
  /** it is about to end though the terminal is not its own */
  endInBackground(): void
}

/** What is to be done to the terminal besides what Ink does. */
export interface Leaving {
  /** null: it is nobody's */
  job: Job | null
  /** when the terminal is left, before it is taken again, and when it is */
  leave(): void
  back(): void
  enter(): void
  /** a line for the shell's screen */
  farewell(): string
  say(text: string): void
}

/** What is said of rules to whoever leaves: they hold, and nobody is there to be asked. */
export function farewell(rules: readonly Pick<RuleState, 'state' | 'rule'>[], answer: Answer['verdict']): string {
  const armed = rules.filter(({ state }) => state === 'armed')
  const hold = armed.length === 0 ? '' : `; ${armed.length === 1 ? 'its rule holds' : `its ${armed.length} rules hold`} meanwhile`
  const asks = armed.some(({ rule }) => rule.action.kind === 'ask')
    ? `, and who is asked about is ${answer === 'deny' ? 'denied' : 'allowed'} after the time for an answer`
    : ''
  return `fswatch-tui is suspended, fg returns to it${hold}${asks}`
}

/** So that Ink finds an empty screen and the cursor at home: it draws from the cursor on. */
const ENTER = '\u001b[?1049h'
const OWN_SCREEN = `${ENTER}\u001b[2J\u001b[H`

/** What Ctrl-Z does. */
export function useSuspend(leaving: Leaving): () => void {
  const { suspendTerminal } = useApp()
  const latest = useRef(leaving)
  latest.current = leaving
  const away = useRef(false)
  const over = useRef(false)
  const suspend = useRef((_: 'job' | 'process' | 'was stopped') => {})
  suspend.current = (what) => {
    const trouble = what === 'was stopped' ? null : latest.current.job ? latest.current.job.trouble() : 'cannot be suspended here'
    if (trouble !== null) return latest.current.say(trouble)
    if (away.current) return
    away.current = true
    const atTheTerminal = () => latest.current.job?.foreground(() => over.current)
    const run = async () => {
      if (what === 'was stopped') await atTheTerminal()
      const { resume } = await suspendTerminal()
      latest.current.leave()
      if (what !== 'was stopped') {
        process.stdout.write(`${latest.current.farewell()}\n`)
        process.off('SIGTSTP', onStop.current)
        await latest.current.job?.stop(what === 'job')
        await atTheTerminal()
      }
      // Ended by a signal that came while it was stopped.
      if (over.current) return
      process.off('SIGTSTP', onStop.current).on('SIGTSTP', onStop.current)
      latest.current.back()
      process.stdout.write(OWN_SCREEN)
      await resume()
      latest.current.enter()
    }
    run()
      .catch((error: Error) => latest.current.say(`could not be suspended: ${error.message}`))
      .finally(() => {
        away.current = false
      })
  }
  const onStop = useRef(() => suspend.current('process'))
  useEffect(() => {
    const stopped = onStop.current
    // After SIGSTOP the shell has made the terminal its own without a word.
    const goesOn = () => suspend.current('was stopped')
    process.on('SIGTSTP', stopped).on('SIGCONT', goesOn)
    return () => {
      process.off('SIGTSTP', stopped).off('SIGCONT', goesOn)
      over.current = true
      if (!away.current) return
      // Ink is about to leave its screen, which was left already, and the cursor would go where it was then.
      process.stdout.write(ENTER)
      latest.current.job?.endInBackground()
    }
  }, [])
  return () => suspend.current('job')
}
