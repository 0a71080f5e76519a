/**
 * Random keys, mouse reports, text and sizes on the built program in a pseudo-terminal: it lives, draws no row too wide and no control
 * character, draws what a whole new frame would, and gives the terminal back. FUZZ_MINUTES=10 goes on for so long; FUZZ_SEED=… repeats
 * a run, since what is sent comes from the seed alone.
 */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { KEYS } from '../../src/ui/keys.ts'
import { LEAST } from '../../src/ui/screen.ts'
import { PseudoTerminal, strayControls } from './pty.ts'
import { program, programEnv, recording } from './terminal.ts'

const SECONDS = process.env.FUZZ_MINUTES === undefined ? 20 : Number(process.env.FUZZ_MINUTES) * 60
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Whole numbers below `below`, always the same from the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What terminals send for keys without a character. */
const NAMED = ['[A', '[B', '[C', '[D', '[5~', '[6~', '[H', '[F', '[3~', '[Z', '[1;5C', '[1;5D', '[1;2A', 'OP', 'OA', '[15~', '[2~', '[I', '[O', '[24;80R']
const CHARACTERS = [...new Set(KEYS.flatMap(({ match }) => match))].filter((key) => [...key].length === 1 && key !== 'q')
const CONTROLS = ['\r', '\t', '\u007f', '\u0001', '\u0005', '\u000b', '\u000c', '\u0015', '\u0017', '\u001a', ' ']
/** No emoji: the emulator gives them one cell, as old terminals do, and the program two. */
const HOSTILE = [
  ...['\u0000', '\u0007', '\u000e', '\u001c', '\u0080', '\u0085', '\u009b', '\u009d', '\u202e', '\u2066', '\u2069', '\u200f', '\u2028', '\u00ad'],
  ...['ä', '文', '字', '한', 'é', 'e\u0301', '\u0301', '\u200d', '\u200b', '\ufeff', '\u{e0001}', 'ﷺ'],
  ...['comm:', 'path:', '"', '-', 'bytes>', '**', '/srv', ' ', 'pid:4711+', 'deny ', 'quota 5M '],
]

type Step = { send: string[]; resize?: [number, number] }

/** One thing that a hand, a window or a bad line may do. */
function step(random: (below: number) => number): Step {
  const one = <T>(all: readonly T[]) => all[random(all.length)] as T
  const cell = () => [1 + random(random(4) === 0 ? 300 : 90), 1 + random(random(4) === 0 ? 80 : 26)]
  const kind = random(100)
  if (kind < 30) return { send: [one(CHARACTERS)] }
  if (kind < 45) return { send: [`\u001b${one(NAMED)}`] }
  if (kind < 55) return { send: [one(CONTROLS)] }
  if (kind < 62) return { send: ['\u001b'] }
  if (kind < 74) return { send: Array.from({ length: 1 + random(5) }, () => one(HOSTILE)) }
  if (kind < 75) return { send: [one(['q', '\u0003'])] }
  if (kind < 82) return { send: [`\u001b[<${64 + random(2)};${cell().join(';')}M`] }
  if (kind < 94) {
    const at = cell().join(';')
    const report = `\u001b[<${random(5) === 0 ? random(200) : 0};${at}M\u001b[<0;${at}m`
    const cut = random(3) === 0 ? 1 + random(report.length - 1) : report.length
    return { send: [report.slice(0, cut), report.slice(cut)] }
  }
  const [columns, rows] = random(5) === 0 ? [1 + random(60), 1 + random(14)] : [60 + random(150), 12 + random(55)]
  return { send: [], resize: [columns, rows] }
}

let pty: PseudoTerminal | undefined
afterEach(() => pty?.kill())

async function start(columns: number, rows: number): Promise<PseudoTerminal> {
  pty?.kill()
  // What is sent after its end is typed into the shell.
  const line = `trap '' INT QUIT TSTP; ${program} --no-config --replay ${recording('demo.ndjson')} --speed 0; echo "ended with $?"; stty -a; echo 'that is all'`
  pty = new PseudoTerminal(line, columns, rows, programEnv)
  await pty.until(columns < LEAST.columns || rows < LEAST.rows ? 'needs' : 'recording over')
  await pty.quiet()
  return pty
}

/** The program ended: it is to have been asked to, and the terminal is as it was. */
async function checkEnd(screen: PseudoTerminal, status = /ended with 0\r/): Promise<void> {
  await screen.until('that is all')
  await screen.quiet()
  const { tail } = screen
  assert.match(tail, status)
  assert.deepEqual(screen.stuck(), [])
  assert.ok(tail.lastIndexOf('\u001b[?25h') > tail.lastIndexOf('\u001b[?25l'), 'the cursor is shown')
  const modes = tail.slice(tail.lastIndexOf('ended with'))
  assert.match(modes, /\bicanon\b/)
  assert.doesNotMatch(modes, /-(icanon|isig|echo|icrnl|opost)\b/)
}

/** News that go by themselves between two looks at the screen. */
const NEWS =
  /cannot be stopped|cannot be suspended|has no past: only|this is now: \[|nothing before this|no longer in this list|did nothing then|does not tell how large|no rule is proposed|saved as /

/** Ms that a screen has to become what it should be: where others have the processors, a frame may come late. */
const LATE_MS = 5000

/** Tries until it does not throw. */
async function soon(look: () => void): Promise<void> {
  const deadline = Date.now() + LATE_MS
  for (;;) {
    try {
      return look()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function check(screen: PseudoTerminal): Promise<void> {
  const { columns, rows } = screen.size
  await soon(() => {
    const lines = screen.lines()
    assert.deepEqual(screen.wrapped(), [], 'a row is wider than the screen')
    if (columns >= LEAST.columns && rows >= LEAST.rows) {
      assert.ok(lines[0]?.startsWith('fswatch-tui'), `the first line: ${lines[0]}`)
      assert.notEqual(lines[rows - 1], '', 'the last line is empty')
    } else if (columns >= 11) assert.ok(lines[0]?.startsWith('needs 60×12'), `the first line: ${lines[0]}`)
  })
  await screen.quiet()
  const before = screen.lines()
  assert.deepEqual(strayControls(screen.taken()), [], 'control characters are drawn')
  screen.send('\u000c')
  await screen.until('\u001b[2J')
  await screen.quiet()
  if (!NEWS.test(before.join('\n'))) await soon(() => assert.deepEqual(before, screen.lines(), 'the screen is not what a new frame shows'))
}

describe('random keys, clicks, text and sizes', () => {
  it(`break nothing in ${SECONDS} s: FUZZ_SEED=${SEED}`, { timeout: (SECONDS + 120) * 1000 }, async () => {
    const random = randomFrom(SEED)
    const sent: string[] = []
    let [bursts, ends] = [0, 0]
    try {
      let screen = await start(80, 24)
      const end = Date.now() + SECONDS * 1000
      while (Date.now() < end) {
        sent.length = Math.max(0, sent.length - 200)
        for (let i = 1 + random(8); i > 0; i--) {
          const { send, resize } = step(random)
          sent.push(JSON.stringify(resize ?? send.join('|')))
          if (resize) screen.resize(...resize)
          for (const bytes of send) {
            screen.send(bytes)
            if (send.length > 1 && random(2) === 0) await new Promise((resolve) => setTimeout(resolve, random(30)))
          }
        }
        await screen.quiet()
        if (/ended with/.test(screen.tail)) {
          ends++
          // The terminal was no longer raw when Ctrl-C or Ctrl-\ came behind the key that quits.
          await checkEnd(screen, /ended with (0|130|131)\r/)
          screen = await start(75 + random(100), 12 + random(40))
        } else await check(screen)
        bursts++
      }
      screen.resize(80, 24)
      for (let i = 0; i < 3; i++) {
        screen.send('\u001b')
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      await screen.quiet()
      assert.match(screen.lines().at(-1) ?? '', /q quit/, 'Esc, three times, leads back to a table')
      screen.send('q')
      await checkEnd(screen)
    } catch (error) {
      throw new Error(
        `with FUZZ_SEED=${SEED}, after ${bursts} bursts: ${(error as Error).message}\nthe last that was sent: ${sent.slice(-60).join(' ')}\nthe screen:\n${pty?.lines().join('\n')}`,
        { cause: error },
      )
    }
    console.log(`${bursts} bursts, ${ends} ends in between`)
  })
})
