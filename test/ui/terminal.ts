/** A real terminal for tests: a tmux server of its own, with one shell in it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** The command line of the built program. */
export const program = `${join(project, 'node_modules/.bin/node')} --max-semi-space-size=2 --heap-growing-percent=30 ${join(project, 'dist/fswatch-tui.js')}`
const UNSET = { LC_ALL: undefined, LC_CTYPE: undefined, NO_COLOR: undefined, COLORFGBG: undefined, COLORTERM: undefined, INK_SCREEN_READER: undefined }

/** Nothing of whoever runs the tests: neither a locale, nor colours, nor settings. */
export const programEnv = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', XDG_CONFIG_HOME: '/nonexistent', TMUX: '', CI: undefined, ...UNSET }
let servers = 0

export function recording(name: string): string {
  return join(project, 'test/recordings', name)
}

export class Terminal {
  readonly #server = `fswatch-test-${process.pid}-${servers++}`
  /** what the program remembers, as long as this terminal is there */
  readonly state = mkdtempSync(join(tmpdir(), 'fswatch-state-'))

  /** A plain shell with `text` on its screen. */
  constructor(columns: number, rows: number, text = 'before the program') {
    const script = `stty -echo; PS1='$ '; printf '%s\\n' '${text}'; exec sh`
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh', '-c', script)
    this.#tmux('set-option', '-g', 'status', 'off')
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#server, ...args], {
      encoding: 'utf8',
      env: { ...programEnv, XDG_STATE_HOME: this.state },
    })
  }

  /** Types a command line. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line)
    this.#tmux('send-keys', 'Enter')
  }

  /** Starts the program with these arguments. `env`: settings for it alone, as the shell has them. */
  start(args: string, env = ''): void {
    this.type(`${env} ${program} ${args}; echo "ended with $?"`.trim())
  }

  /** Keys by tmux's names: 'q', 'Up', 'Escape', 'C-c'. */
  keys(...names: string[]): void {
    this.#tmux('send-keys', ...names)
  }

  text(text: string): void {
    this.#tmux('send-keys', '-l', text)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** The screen's lines, without trailing blanks. */
  lines(): string[] {
    return this.#tmux('capture-pane', '-p', '-N')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.trimEnd())
  }

  /** The screen with its colours as escape codes. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-N')
  }

  /** Writes over the screen, as a stray message of another program does. */
  scribble(): void {
    writeFileSync(this.#tmux('display-message', '-p', '#{pane_tty}').trim(), '\u001b[5;1HSCRIBBLE\u001b[9;30HSCRIBBLE')
  }

  /** Sends a signal to the program that runs in this terminal. */
  signal(name: string): void {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim()
    execFileSync('pkill', [`-${name}`, '-P', shell, '-f', 'fswatch-tui'])
  }

  /** The process number of the program that runs in this terminal. */
  program(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim()
    return Number(execFileSync('pgrep', ['-P', shell, '-f', 'fswatch-tui'], { encoding: 'utf8' }).trim().split('\n')[0])
  }

  /** Bytes as they are, such as a terminal sends for its mouse. */
  raw(bytes: string): void {
    this.#tmux('send-keys', '-H', ...[...Buffer.from(bytes)].map((byte) => byte.toString(16)))
  }

  /** Pastes text as tmux does: line ends become Enter. `bracketed`: between markers, where the program asked for them. */
  paste(text: string, bracketed: boolean): void {
    this.#tmux('set-buffer', text)
    this.#tmux('paste-buffer', ...(bracketed ? ['-p'] : []))
  }

  /** Does the program have the mouse reported? */
  mouseReported(): boolean {
    return this.#tmux('display-message', '-p', '#{mouse_any_flag}').trim() === '1'
  }

  cursorShown(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1'
  }

  alternateScreen(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}').trim() === '1'
  }

  /** Waits until the screen passes; fails with the screen as it is then. */
  async until(passes: (lines: string[]) => boolean, what: string, patienceMs = 15_000): Promise<string[]> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const lines = this.lines()
      if (passes(lines)) return lines
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}; the screen:\n${lines.join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async untilShown(text: string, patienceMs?: number): Promise<string[]> {
    return this.until((lines) => lines.some((line) => line.includes(text)), JSON.stringify(text), patienceMs)
  }

  close(): void {
    try {
      this.#tmux('kill-server')
    } catch {
      // It ended with its shell.
    }
    rmSync(this.state, { recursive: true, force: true })
  }
}
