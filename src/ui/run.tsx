/** Puts the screen on the terminal and takes it off again, however the program ends. */
import { render } from 'ink'
import { App, type AppProps } from './App.tsx'

/** Resolves when the user quits; rejects with what went wrong in the source. The terminal is as before either way. */
export async function runScreen(props: AppProps): Promise<void> {
  const app = render(<App {...props} />, {
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    maxFps: 30,
  })
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
