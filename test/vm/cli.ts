/** `npm run guest -- [options] [COMMAND …]`: a person's way to another kernel. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runGuest } from './guest.ts'
import { type BootName, KERNELS, kernel } from './kernels.ts'

const NAMES = [...Object.keys(KERNELS), 'override']

const USAGE = `usage: npm run guest -- [--kernel ${NAMES.join('|')}] [--append 'lsm=bpf'] [--icount] [--writable DIR] [--timeout SECONDS] [COMMAND ARGUMENT …]
Runs COMMAND (a shell without one) as root on another kernel, in an emulated machine that sees this machine's files and changes none.
It ends with the command. fswatch-tui is on its path: npm run guest -- fswatch-tui

       npm run guest -- demo ask | demo quota | demo rules
Something to try a brake on, and the screen.`

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  // Options end where the command begins: its own options are not ours.
  let own = 0
  while (args[own]?.startsWith('--')) own += args[own] === '--icount' || args[own] === '--help' ? 1 : 2
  const { values } = parseArgs({
    args: args.slice(0, own),
    options: {
      kernel: { type: 'string', default: '6.12' },
      append: { type: 'string' },
      icount: { type: 'boolean' },
      writable: { type: 'string' },
      timeout: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  if (!NAMES.includes(values.kernel)) throw new Error(`there is no kernel ${values.kernel}: choose ${NAMES.join(', ')}`)
  const command = args[own] === 'demo' ? ['sh', join(dirname(fileURLToPath(import.meta.url)), 'demo.sh'), ...args.slice(own + 1)] : args.slice(own)
  const name = values.kernel as BootName
  const tty = Boolean(process.stdin.isTTY && process.stdout.isTTY)
  console.error(`guest: kernel ${kernel(name).release}; ${command.length > 0 ? command.join(' ') : 'a shell (exit ends the guest)'}`)
  if (tty) process.stdin.setRawMode(true)
  const result = await runGuest({
    kernel: name,
    command: command.length > 0 ? command : ['/bin/bash', '-i'],
    tty,
    icount: values.icount ?? false,
    timeoutSeconds: Number(values.timeout ?? (tty ? 86_400 : 600)),
    ...(values.append !== undefined ? { append: values.append } : {}),
    ...(values.writable !== undefined ? { writable: values.writable } : {}),
  })
  if (tty) process.stdin.setRawMode(false)
  process.stdout.write(result.stdout)
  process.stderr.write(result.stderr)
  if (result.status === 124) console.error('guest: the time is over')
  if (result.status === 125) console.error(`guest: it died; the end of its console:\n${result.console.split('\n').slice(-25).join('\n')}`)
  return result.status
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: Error) => {
    console.error(`guest: ${error.message}`)
    process.exitCode = 2
  },
)
