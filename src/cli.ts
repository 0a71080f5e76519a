/** The command line: this file reads as the manual. */
import meow from 'meow'
import { type BatchFlags, batch } from './commands/batch.ts'
import { doctor } from './commands/doctor.ts'
import { UsageError } from './commands/options.ts'
import { type TopFlags, top } from './commands/top.ts'

const cli = meow(
  `
  Which process is touching which file, live from the kernel. Linux 5.10 or later, as root.

  Usage
    fswatch-tui [options]                      the screen; press ? in it for the keys
    fswatch-tui batch [options] -- COMMAND …   no screen: count what COMMAND and its children do
    fswatch-tui batch [options] --for SECONDS  no screen: count what everybody does
    fswatch-tui doctor                         what this kernel can and cannot do

  What is counted (by the kernel; conditions are joined by and)
    --pid PID[+]       only this process; + with its descendants; may be repeated
    --comm NAME        only processes of this name, exactly
    --user NAME|UID    only this user's
    --cgroup PATH|ID   only in this cgroup
    --path DIR         only files below DIR; may be repeated

  The screen
    --filter TEXT      start with this filter, as typed after / (see ? there)
    --sort COLUMN      pid, user, comm, opens, writes, bytes (default), reads, errors, files, file
    --all              also sockets, pipes and terminals, not only files
    --interval SECONDS between two updates (default 1)
    --record FILE      also write everything seen to FILE
    --replay FILE      play such a file instead of watching (needs no root)
    --speed N          play it N times as fast; 0 as fast as possible (default 1)

  Batch
    --json             one JSON object (the command's own output goes to stderr)
    --events --json    a JSON line for each operation

  How
    --attach WAY       auto (default), fentry, kprobe or tracepoint
    --max-entries N    room for {process, file} pairs in the kernel (default 65536)
    --help, --version

  Exit status: 0; 1 something failed (the reason is on stderr); 2 wrong usage; of batch, COMMAND's own.
`,
  {
    importMeta: import.meta,
    description: false,
    allowUnknownFlags: false,
    flags: {
      pid: { type: 'string', isMultiple: true },
      comm: { type: 'string' },
      user: { type: 'string' },
      cgroup: { type: 'string' },
      path: { type: 'string', isMultiple: true },
      filter: { type: 'string', default: '' },
      sort: { type: 'string', default: 'bytes' },
      all: { type: 'boolean', default: false },
      interval: { type: 'number', default: 1 },
      record: { type: 'string' },
      replay: { type: 'string' },
      speed: { type: 'number', default: 1 },
      json: { type: 'boolean', default: false },
      events: { type: 'boolean', default: false },
      for: { type: 'number' },
      attach: { type: 'string', default: 'auto' },
      maxEntries: { type: 'number', default: 65_536 },
    },
  },
)

async function main(): Promise<number> {
  const [command, ...rest] = cli.input
  switch (command) {
    case undefined:
      return top(cli.flags as TopFlags)
    case 'batch':
      return batch(cli.flags as BatchFlags, rest)
    case 'doctor':
      return doctor()
    default:
      throw new UsageError(`there is no command ${command}: batch, doctor, or none for the screen`)
  }
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: Error) => {
    console.error(`fswatch-tui: ${error.message}`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
