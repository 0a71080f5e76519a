/** Puts the screen on the terminal and takes it off again, however the program ends. */
import { render } from 'ink'
import { App, type AppProps } from './App.tsx'

/** Resolves when the user quits; rejects with what went wrong in the source. The terminal is as before either way. */
export async function runScreen(props: Omit<AppProps, 'redraw'>): Promise<void> {
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
    ...(props.mouse && { stdin: props.mouse as unknown as NodeJS.ReadStream }),
  }
  // Entering the alternate screen leaves the cursor where the shell had it. Ink draws from the cursor on, so an empty frame comes
  // first, then the cursor goes home.
  const app = render(null, options)
  const home = () => process.stdout.write('\u001b[2J\u001b[H')
  const redraw = () => {
    app.clear()
    home()
  }
  redraw()
  app.rerender(<App {...props} redraw={redraw} />)
  const end = (signal: NodeJS.Signals) => {
    app.unmount()
    process.exitCode = signal === 'SIGTERM' ? 143 : 129
  }
  process.once('SIGTERM', end).once('SIGHUP', end)
  const crash = (error: unknown) => {
    app.unmount()
    console.error(`fswatch-tui: this should not have happened: ${error instanceof Error ? error.stack : String(error)}`)
    process.exit(1)
  }
  process.once('uncaughtException', crash).once('unhandledRejection', crash)
  try {
    await app.waitUntilExit()
  } finally {
    process.off('SIGTERM', end).off('SIGHUP', end).off('uncaughtException', crash).off('unhandledRejection', crash)
  }
}
