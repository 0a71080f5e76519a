/** A pseudo-terminal with a terminal emulator on it, for tests that must see each byte: util-linux's script holds it, stty gives it its size. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import xterm from '@xterm/headless'

/** What terminals are asked that need not be drawn: cursor, colours, modes; and line ends. Whatever else is below a blank is no business of ours. */
const SEQUENCES = /\u001b\[[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]|[\r\n]/g
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u

/** A screen that stood still at so many looks, ms apart, stands still: longer than an Esc is waited with, and than frames lie apart. Time alone tells nothing where this test itself has to wait. */
const [LOOKS, LOOK_MS] = [10, 10]

/** Those that a process has started and that live. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/**
 * Are all its threads waiting for something to do, and the time they have had (ns: what the clock of stat tells is too coarse to see a
 * short turn), as text. On a busy machine one that is ready may wait for long, and others for it.
 */
function workOf(pid: number): { isIdle: boolean; used: string } {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((tid) => {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8')
      const isIdle = !/^[RD]/.test(stat.slice(stat.lastIndexOf(')') + 2))
      return { isIdle, used: readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8') }
    })
    return { isIdle: threads.every(({ isIdle }) => isIdle), used: threads.map(({ used }) => used).join() }
  } catch {
    return { isIdle: true, used: '' }
  }
}

export class PseudoTerminal {
  readonly #script: ChildProcess
  readonly #emulator: InstanceType<typeof xterm.Terminal>
  #raw = ''
  #isBusy = true
  #name: string | null = null
  #tail = ''

  /** Runs a line of sh in it. The columns and rows it begins with are set before that. */
  constructor(line: string, columns: number, rows: number, env: NodeJS.ProcessEnv) {
    this.#emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
    const command = `tty; stty cols ${columns} rows ${rows}; ${line}`
    this.#script = spawn('script', ['-q', '-f', '-e', '-c', command, '/dev/null'], { env: { ...env, SHELL: '/bin/sh' }, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text
      this.#tail = (this.#tail + text).slice(-4000)
      this.#isBusy = true
      this.#name ??= /^(\/dev\/pts\/\d+)\r?\n/.exec(this.#raw)?.[1] ?? null
      this.#emulator.write(text)
    })
    this.#script.stdin?.on('error', () => {})
  }

  /** Bytes, as a keyboard and a mouse send them. */
  send(bytes: string | Buffer): void {
    this.#isBusy = true
    this.#script.stdin?.write(bytes)
  }

  /** As a window does: the emulator first, then the program is told. */
  resize(columns: number, rows: number): void {
    this.#isBusy = true
    this.#emulator.resize(columns, rows)
    if (this.#name) execFileSync('stty', ['-F', this.#name, 'cols', String(columns), 'rows', String(rows)])
  }

  /** The size that the program is told. */
  get size(): { columns: number; rows: number } {
    return { columns: this.#emulator.cols, rows: this.#emulator.rows }
  }

  get isOver(): boolean {
    return this.#script.exitCode !== null || this.#script.signalCode !== null
  }

  /** The last that came, as it came. */
  get tail(): string {
    return this.#tail
  }

  /** What came since this was asked last, as it came. */
  taken(): string {
    const raw = this.#raw
    this.#raw = ''
    return raw
  }

  /** Waits until nothing has come for a while, and all of it is on the screen. */
  async quiet(patienceMs = 10_000): Promise<void> {
    const deadline = Date.now() + patienceMs
    let used = ''
    for (let looks = 0; looks < LOOKS && Date.now() < deadline; looks++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      // script, which may hold what was typed on a busy machine, its shell, and the program below that.
      const script = this.#script.pid ?? 0
      const shells = childrenOf(script)
      const works = [script, ...shells, ...shells.flatMap(childrenOf)].map(workOf)
      const now = works.map((work) => work.used).join()
      if (this.#isBusy || now !== used || works.some(({ isIdle }) => !isIdle)) looks = 0
      this.#isBusy = false
      used = now
    }
    await new Promise<void>((resolve) => this.#emulator.write('', resolve))
  }

  /** Waits for a text among the bytes that came since `taken` was asked last. */
  async until(text: string, patienceMs = 20_000): Promise<void> {
    const deadline = Date.now() + patienceMs
    while (!this.#raw.includes(text)) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${JSON.stringify(text)}; the screen:\n${this.lines().join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Waits for a text that one of these matches among what came since `taken` was asked last, without what moves and colours; returns it. */
  async untilOneOf(wanted: readonly RegExp[], patienceMs = 20_000): Promise<string> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const text = this.#raw.replace(SEQUENCES, '')
      for (const one of wanted) {
        const found = one.exec(text)?.[0]
        if (found !== undefined) return found
      }
      if (Date.now() > deadline) throw new Error(`waited in vain for ${wanted.join(' or ')}; the screen:\n${this.lines().join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** The process number of the program that the line of sh runs last; null: it runs none now. */
  programPid(): number | null {
    return (
      childrenOf(this.#script.pid ?? 0)
        .flatMap(childrenOf)
        .at(-1) ?? null
    )
  }

  /** The screen, without blanks at the ends of lines. */
  lines(): string[] {
    const { active } = this.#emulator.buffer
    return Array.from({ length: this.#emulator.rows }, (_, i) => active.getLine(active.viewportY + i)?.translateToString(true) ?? '')
  }

  /** Lines that a longer one above them ran into. */
  wrapped(): string[] {
    const { active } = this.#emulator.buffer
    return this.lines().filter((_, i) => active.getLine(active.viewportY + i)?.isWrapped)
  }

  /** What is switched on now that is not on a fresh terminal. */
  stuck(): string[] {
    const { modes, buffer } = this.#emulator
    return [
      ...(buffer.active.type === 'alternate' ? ['the alternate screen'] : []),
      ...(modes.mouseTrackingMode === 'none' ? [] : [`the mouse (${modes.mouseTrackingMode})`]),
      ...(modes.bracketedPasteMode ? ['bracketed paste'] : []),
      ...(modes.sendFocusMode ? ['reports of focus'] : []),
      ...(modes.applicationCursorKeysMode ? ['application cursor keys'] : []),
      ...(modes.synchronizedOutputMode ? ['synchronized output'] : []),
      ...(modes.wraparoundMode ? [] : ['no wrapping']),
    ]
  }

  kill(): void {
    this.#script.kill('SIGKILL')
    this.#emulator.dispose()
  }
}

/** Control characters among what is drawn: all that is left of raw output when what moves and colours is taken out. */
export function strayControls(raw: string): string[] {
  const stray = raw.replace(SEQUENCES, '').match(new RegExp(CONTROL.source, 'gu')) ?? []
  return [...new Set(stray)].map((character) => `U+${character.codePointAt(0)?.toString(16).padStart(4, '0')}`)
}
