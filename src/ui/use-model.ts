/** The model of the running screen, fed by its source. */
import { useApp } from 'ink'
import { useEffect, useRef, useState } from 'react'
import type { Source } from '../batch/batch.ts'
import { Backlog } from '../model/backlog.ts'
import { Model, type ModelLimits } from '../model/model.ts'

/** Feeds the model; a new number each time it changed. While paused, what comes waits; `shownNs`: the time of the last batch that did not. */
export function useModel(
  source: Source,
  paused: boolean,
  onEnd: () => void,
  limits?: Partial<ModelLimits>,
): { model: Model; version: number; backlog: Backlog; shownNs: number } {
  const [model] = useState(() => new Model(source.info, limits))
  const [backlog] = useState(() => new Backlog())
  const [version, setVersion] = useState(0)
  const { exit } = useApp()
  const shownNs = useRef(0)
  const ended = useRef(onEnd)
  const holds = useRef(paused)
  useEffect(() => {
    holds.current = paused
    const waiting = paused ? [] : backlog.take()
    for (const batch of waiting) model.apply(batch)
    shownNs.current = waiting.at(-1)?.timeNs ?? shownNs.current
    if (waiting.length > 0) setVersion((n) => n + 1)
  }, [model, backlog, paused])
  useEffect(() => {
    let on = true
    const run = async () => {
      while (on) {
        const batch = await source.next()
        if (!on) return
        if (!batch) return ended.current()
        if (holds.current) backlog.add(batch)
        else {
          model.apply(batch)
          shownNs.current = batch.timeNs
        }
        setVersion((n) => n + 1)
      }
    }
    run().catch((error: Error) => exit(error))
    return () => {
      on = false
    }
  }, [source, model, backlog, exit])
  return { model, version, backlog, shownNs: shownNs.current }
}
