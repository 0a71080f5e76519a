/** Puts the screen on the terminal and takes it off again, however the program ends. */
import { constants } from 'node:os'
import { render } from 'ink'
import { App, type AppProps } from './App.tsx'
import { LAST_BYTES_MS, unblock } from './terminal-output.ts'

/** Synchronized output: what comes in between is shown at once, so that nothing flickers. Terminals that do not know it leave it out. */
const [HOLD, SHOW] = ['\u001b[?2026h', '\u001b[?2026l']

/** Null where the terminal does not tell: Ink finds another way then. */
function sizeOf({ columns, rows }: typeof process.stdout): { columns: number; rows: number } | null {
  return columns > 0 && rows > 0 ? { columns, rows } : null
}

/** Did a read or write fail because the terminal is gone (EIO)? */
function isHangup(error: unknown): boolean {
  const { code, syscall = '' } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'EIO' && ['read', 'write'].includes(syscall)
}

/** After the first SIGHUP: the kernel sends it when the terminal goes, and then the shell sends it to its jobs. */
const ignoreHangup = () => {}

/** What the screen needs. */
type ScreenProps = Omit<AppProps, 'redraw' | 'size' | 'away' | 'over'> & {
  /** called with true once signals are handled here, and with false when the user or a signal has ended the screen; not after a crash */
  handlesSignals?(does: boolean): void
}

/** Resolves when the user quits; rejects with what went wrong in the source. The terminal is as before either way. */
export async function runScreen({ handlesSignals = () => {}, ...props }: ScreenProps): Promise<void> {
  const isScreenReaderEnabled = props.look?.screenReader ?? false
  const options = {
    isScreenReaderEnabled,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    maxFps: 30,
    // A terminal's input as far as Ink is concerned: it asks for no more than what this has.
    ...(props.input && { stdin: props.input as unknown as NodeJS.ReadStream }),
  }
  unblock(process.stdout)
  // What shows the cursor again goes there.
  if (process.stderr.isTTY) unblock(process.stderr)
  // Entering the alternate screen leaves the cursor where the shell had it. Ink draws from the cursor on, so an empty frame comes
  // first, then the cursor goes home.
  const app = render(null, options)
  const home = () => process.stdout.write('\u001b[2J\u001b[H')
  const wipe = () => {
    app.clear()
    home()
  }
  wipe()
  // The same as after another size: at once, and not when the next frame is due.
  const redraw = () => void process.stdout.emit('resize')
  let isAway = false
  const away = (is: boolean) => {
    isAway = is
    if (!is) draw()
  }
  // Ink waits until the terminal has taken all, which may never be.
  let leave = () => {}
  const left = new Promise<void>((resolve) => {
    leave = () => void setTimeout(resolve, LAST_BYTES_MS).unref()
  })
  const draw = () => app.rerender(<App {...props} redraw={redraw} away={away} over={leave} size={sizeOf(process.stdout)} />)
  draw()
  // Before Ink hears of it: it draws at once, and lines of the size before, over what the terminal made of them.
  const resized = () => {
    // The shell's screen is on the terminal, or it is about to be.
    if (isAway) return
    process.stdout.write(HOLD)
    wipe()
    draw()
    setImmediate(() => process.stdout.write(SHOW))
  }
  process.stdout.prependListener('resize', resized)
  const end = (signal: NodeJS.Signals) => {
    // Another one must not end this process while it disarms its rules.
    if (signal === 'SIGHUP') process.off('SIGHUP', ignoreHangup).on('SIGHUP', ignoreHangup)
    handlesSignals(false)
    app.unmount()
    process.exitCode = 128 + constants.signals[signal]
  }
  // Ctrl-C comes as a key; SIGINT is another process's.
  process.once('SIGTERM', end).on('SIGHUP', end).once('SIGINT', end)
  const crash = (error: unknown) => {
    // The terminal is gone, and SIGHUP is on its way or was not sent.
    if (isHangup(error)) return end('SIGHUP')
    app.unmount()
    console.error(`fswatch-tui: this should not have happened: ${error instanceof Error ? error.stack : String(error)}`)
    process.exit(1)
  }
  // Reads and writes of a terminal that is gone can each fail.
  process.on('uncaughtException', crash).on('unhandledRejection', crash)
  handlesSignals(true)
  try {
    const exit = app.waitUntilExit()
    exit.catch(() => {})
    await Promise.race([exit, left.then(() => (process.stdout.writableLength > 0 ? undefined : exit))])
    handlesSignals(false)
  } finally {
    process.stdout.off('resize', resized)
    process.off('SIGTERM', end).off('SIGHUP', end).off('SIGINT', end).off('uncaughtException', crash).off('unhandledRejection', crash)
  }
}
