/** The command line: this file reads as the manual. */
import { isatty } from 'node:tty'
import meow from 'meow'
import { type BatchFlags, batch } from './commands/batch.ts'
import { loadConfig, refuseToArm, thisRunner } from './commands/config-file.ts'
import { doctor } from './commands/doctor.ts'
import { type GuardFlags, guard } from './commands/guard.ts'
import { keepMemoryLow } from './commands/memory.ts'
import { withNumbers } from './commands/number-flags.ts'
import { UsageError } from './commands/options.ts'
import { release } from './commands/release.ts'
import { settled } from './commands/settings.ts'
import { printed, printLine } from './commands/standard-output.ts'
import { refuseStrangers } from './commands/strangers.ts'
import { type TopFlags, top } from './commands/top.ts'
import { harmless } from './text/printable.ts'
import { endThoughStuck } from './ui/terminal-output.ts'

const cli = meow(
  `
  Which process is touching which file, live from the kernel. Linux 5.10 or later, as root.

  Usage
    fswatch-tui [options]                      the screen; press ? in it for the keys
    fswatch-tui batch [options] -- COMMAND …   no screen: count what COMMAND and its children do
    fswatch-tui batch [options] --for SECONDS  no screen: count what everybody does
    fswatch-tui guard [options] [-- COMMAND …] no screen: rules hold until it ends, each hit is a line
    fswatch-tui doctor                         what this kernel can and cannot do
    fswatch-tui release                        ends rules that were kept after the program died (--on-exit keep)

  What is counted (by the kernel; conditions are joined by and)
    --pid PID[+]       only this process; + with its descendants; may be repeated
    --comm NAME        only processes with a thread or program of this name, exactly
    --user NAME|UID    only this user's
    --cgroup PATH|ID   only in this cgroup
    --path DIR         only files below DIR; may be repeated

  The screen
    --filter TEXT      start with this filter, as typed after / (see ? there)
    --sort COLUMN      pid, user, comm, opens, writes, bytes (default), reads, errors, total, files, file
    --columns LIST     these columns in this order, joined by commas
    --all              also sockets, pipes and terminals, not only files
    --interval SECONDS between two updates (default 1)
    --record FILE      also write everything seen to FILE
    --events           stream each operation all the time, not only while the events are looked at (with --record: into FILE)
    --replay FILE      play such a file instead of watching (needs no root)
    --speed N          play it N times as fast; 0 as fast as possible (default 1)
    --theme NAME       auto (default), dark, light or mono (no colours: also by NO_COLOR)
    --ascii            no signs beyond ASCII (the default where the locale is not UTF-8; --no-ascii)
    --no-mouse         leave the mouse to the terminal (with it, Shift-drag selects text in most)
    --utc              times in UTC, not in local time (also of guard)
    --screen-reader    plain lines to be read aloud, drawn anew every five seconds at most

  Rules (of the screen and of guard): ACTION OPS OBJECT [by SUBJECT …] [for TIME]
    --rule 'LINE'      arm this rule; may be repeated
                         deny modify /srv/app/** by comm=nginx
                         kill:TERM write **/*.log by !user=root for 10m
                       ACTION deny, deny:EROFS, kill, kill:TERM, freeze, ask, audit; OPS open, read, write,
                       create, delete, rename, link, attr, exec, modify, all; OBJECT a file, a tree, a name, an end of names;
                       SUBJECT pid, comm, exe, uid, user, cgroup, container; + for descendants, ! for all others
    --policy FILE      arm the rules of FILE, one a line; a file or a pipe of at most 1 MiB
    --dry-run          every action becomes audit
    --force            arm --rule and --policy also where they can stop the machine (/**, /usr/**, kill on a tree by uid=0 …)
    --protect WHAT     no rule hits this: NAME or /path (while root runs it), pid=N, unit=NAME; may be repeated
    --ask-timeout TIME then whoever waits gets the default answer (default 30s)
    --ask-default WAY  deny (default) or allow
    --on-exit WAY      when the program is killed or crashes: release (default), or keep[:TIME]: rules that deny, kill
                       and audit hold for TIME (60s; at most 1h); never after q, Ctrl-C, SIGTERM or SIGHUP
    --mapped WAY       what deny and ask do about a store through a mapping older than the rule: freeze (default of
                       the screen) or kill its process before the store, or report it (default of guard)
    --quota-recount TIME  how often what a quota holds is counted again (default 10m)
    --bell             ring, and mark the terminal's title, when somebody waits
    --enforce WAY      auto (default), lsm, fmod_ret, override or signal

  Batch
    --json             one JSON object (the command's own output goes to stderr)
    --events --json    a JSON line for each operation

  How
    --attach WAY       auto (default), fentry, kprobe or tracepoint
    --max-entries N    room for {process, file} pairs in the kernel (default 65536)
    --config FILE      settings, instead of ~/.config/fswatch-tui/config.toml; flags win over them
    --no-config        take none, and remember nothing from run to run
    --help, --version

  Exit status: 0; 1 something failed (the reason is on stderr); 2 wrong usage; of batch and guard, COMMAND's own.
`,
  {
    importMeta: import.meta,
    description: false,
    // They are printed here, so that a full disk is told.
    autoHelp: false,
    autoVersion: false,
    // strangers.ts refuses them, with a suggestion.
    allowUnknownFlags: true,
    // What is not given is undefined: the config file may set it, and commands/settings.ts knows the defaults.
    booleanDefault: undefined,
    flags: {
      pid: { type: 'string', isMultiple: true },
      comm: { type: 'string' },
      user: { type: 'string' },
      cgroup: { type: 'string' },
      path: { type: 'string', isMultiple: true },
      filter: { type: 'string' },
      sort: { type: 'string' },
      columns: { type: 'string' },
      all: { type: 'boolean', default: false },
      interval: { type: 'string' },
      record: { type: 'string' },
      replay: { type: 'string' },
      speed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      events: { type: 'boolean', default: false },
      rule: { type: 'string', isMultiple: true },
      policy: { type: 'string' },
      dryRun: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      protect: { type: 'string', isMultiple: true },
      enforce: { type: 'string', default: 'auto' },
      askTimeout: { type: 'string' },
      quotaRecount: { type: 'string' },
      onExit: { type: 'string' },
      askDefault: { type: 'string', default: 'deny' },
      mapped: { type: 'string' },
      bell: { type: 'boolean' },
      theme: { type: 'string' },
      ascii: { type: 'boolean' },
      screenReader: { type: 'boolean' },
      mouse: { type: 'boolean' },
      utc: { type: 'boolean' },
      config: { type: 'string' },
      help: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
      for: { type: 'string' },
      attach: { type: 'string', default: 'auto' },
      maxEntries: { type: 'string', default: '65536' },
    },
  },
)

/** The flags over the config file, and what is to be said of that. */
function configured() {
  // By --no-config, whatever its type says.
  const wanted = cli.flags.config as string | false | undefined
  const { settings, news } = loadConfig(wanted, thisRunner())
  return { flags: settled(withNumbers(cli.flags), settings) as unknown, news }
}

async function main(): Promise<number> {
  const [command, ...rest] = cli.input
  if (cli.flags.help || cli.flags.version) {
    printLine(cli.flags.help ? cli.help : String(cli.pkg.version))
    return 0
  }
  keepMemoryLow()
  if (command === undefined || ['batch', 'guard', 'doctor', 'release'].includes(command)) refuseStrangers(command ?? '', process.argv.slice(2))
  switch (command) {
    case undefined: {
      const { flags, news } = configured()
      return top(flags as TopFlags, news)
    }
    case 'batch': {
      const { flags, news } = configured()
      if (news) console.error(`fswatch-tui: ${harmless(news.sentence)}`)
      return batch(flags as BatchFlags, rest)
    }
    case 'guard': {
      const { flags, news } = configured()
      refuseToArm(news)
      return guard(flags as GuardFlags, rest)
    }
    case 'doctor':
      return doctor()
    case 'release':
      return release()
    default:
      throw new UsageError(`there is no command ${command}: batch, guard, doctor, release, or none for the screen`)
  }
}

async function mainPrinted(): Promise<number> {
  const status = await main()
  await printed()
  return status
}

mainPrinted().then(
  (status) => {
    process.exitCode = status
    if (isatty(1)) endThoughStuck()
  },
  (error: Error) => {
    // A sentence may name a file as it is called; only the lines it was written in are kept.
    console.error(`fswatch-tui: ${error.message.split('\n').map(harmless).join('\n')}`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
