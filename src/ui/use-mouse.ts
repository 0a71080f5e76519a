/** The mouse of the terminal while the screen is on it: switched on, listened to, and off again however the screen ends. */
import { useEffect, useRef } from 'react'
import { type Gesture, MOUSE_OFF, MOUSE_ON } from './mouse.ts'
import type { TerminalInput } from './terminal-input.ts'

/** `mouse`: null, it is the terminal's own. What switches it off for a while, and on again. */
export function useMouse(mouse: TerminalInput | null, onGestures: (gestures: Gesture[]) => void): (on: boolean) => void {
  const latest = useRef(onGestures)
  latest.current = onGestures
  const turn = (on: boolean) => {
    if (mouse) process.stdout.write(on ? MOUSE_ON : MOUSE_OFF)
  }
  useEffect(() => {
    if (!mouse) return
    mouse.onGestures = (gestures) => latest.current(gestures)
    turn(true)
    // Ink undoes effects at every end but kill -9, a signal that nobody else listens to among them.
    return () => {
      mouse.onGestures = null
      turn(false)
    }
  }, [mouse])
  return turn
}
