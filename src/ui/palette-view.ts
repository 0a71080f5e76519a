/** The list of commands as lines. */
import { inWords } from '../text/ascii.ts'
import { fit } from '../text/width.ts'
import { clickable, type Line, plain } from './line.ts'
import type { Command } from './palette.ts'

/** Cells for the keys. */
const KEYS = 12

/** Above the commands. */
export const PALETTE_TITLE = ` ${'KEY'.padEnd(KEYS)} WHAT IT DOES`

/** At most `room` lines, the chosen one among them, in the middle where there are more. */
export function paletteLines(commands: readonly Command[], chosen: number, columns: number, room: number): Line[] {
  if (commands.length === 0) return [plain('Nothing that can be done here is called so. Esc leaves.', columns, { role: 'dim' })]
  const from = Math.max(0, Math.min(commands.length - room, chosen - Math.floor(room / 2)))
  return commands.slice(from, from + room).map(({ keys, what }, i) => {
    const text = `${fit(inWords(keys), KEYS)} ${inWords(what)}`
    const line = from + i === chosen ? plain(`>${text}`, columns, { inverse: true }) : plain(` ${text}`, columns)
    return clickable(line, { do: 'pick', id: from + i })
  })
}
