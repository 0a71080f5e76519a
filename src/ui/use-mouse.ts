/** The mouse of the terminal while the screen is on it: switched on, listened to, and off again however the screen ends. */
import { useEffect, useRef } from 'react'
import { type Gesture, MOUSE_OFF, MOUSE_ON } from './mouse.ts'
import type { Arrival, TerminalInput } from './terminal-input.ts'

/** Returns what switches reports off for a while, and on again. Does nothing where `input` is null or reports no mouse. */
export function useMouse(input: TerminalInput | null, onGestures: (gestures: Gesture[], arrival: Arrival) => void): (on: boolean) => void {
  const mouse = input?.hasMouse ? input : null
  const latest = useRef(onGestures)
  latest.current = onGestures
  const turn = (on: boolean) => {
    if (mouse) process.stdout.write(on ? MOUSE_ON : MOUSE_OFF)
  }
  useEffect(() => {
    if (!mouse) return
    mouse.onGestures = (gestures, arrival) => latest.current(gestures, arrival)
    turn(true)
    // Ink undoes effects at every end but kill -9, a signal that nobody else listens to among them.
    return () => {
      mouse.onGestures = null
      turn(false)
    }
  }, [mouse])
  return turn
}
