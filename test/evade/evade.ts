/** The evasion suite: compiles `evade`, runs it on file systems of its own in a guest, with rules or without, and gives a row a way. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { RunningGuard } from '../brake/running.ts'
import { compileFolder } from '../programs/compile.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const binary = join(project, 'dist/test-programs/evade')

/** What a way does to the guarded file or folder. */
export type Operation = 'write' | 'delete' | 'rename' | 'create' | 'link' | 'attr' | 'open' | 'exec'

/** One way on one file system, judged by its effect. */
export interface EvasionRow {
  /** free, idle, or how rules were enforced */
  mode: string
  kernel: string
  fstype: string
  way: string
  class: string
  op: Operation
  /** the file or its folder is different, or the secret was read, or the program ran */
  effect: boolean
  /** what is different, and the call that failed */
  detail: string
  /** why this kernel or file system cannot do it; then `effect` says nothing */
  skipped?: string
  /** the signal that its process died of */
  signal?: number
  /** it opened or mapped the file before a rule was armed */
  before?: boolean
}

/** The file systems that the suite can make; it runs on each. */
export const FILE_SYSTEMS = ['ext4', 'btrfs', 'xfs', 'tmpfs'] as const
export type FileSystem = (typeof FILE_SYSTEMS)[number]

/** Compiles the suite; gives its path. */
export function compileEvade(): string {
  return compileFolder('evade', '-pthread')
}

/** Mounts a new, empty file system of the type given, its image in memory (guests only), and returns where. */
export function mountNew(type: FileSystem, mebibytes = type === 'ext4' ? 128 : 512): string {
  const point = `/mnt/evade-${type}`
  const image = `/tmp/evade-${type}.img`
  mkdirSync(point, { recursive: true })
  if (type === 'tmpfs') {
    execFileSync('mount', ['-t', type, '-o', 'noatime', type, point])
    return point
  }
  // ext4's own ways need verity, encryption and settable generations, and blocks that are pages.
  const make = {
    ext4: ['mkfs.ext4', '-q', '-b', '4096', '-O', 'verity,encrypt,^metadata_csum', '-E', 'nodiscard'],
    btrfs: ['mkfs.btrfs', '-q', '-K'],
    xfs: ['mkfs.xfs', '-q', '-K', '-m', 'reflink=1'],
  }[type]
  for (const module of ['loop', type]) spawnSync('modprobe', [module])
  // Of a test that ran before in the same guest.
  spawnSync('umount', [point])
  rmSync(image, { force: true })
  writeFileSync(image, '')
  truncateSync(image, mebibytes * 2 ** 20)
  execFileSync(make[0] as string, [...make.slice(1), image], { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('mount', ['-o', 'loop,noatime', image, point])
  return point
}

export interface EvadeOptions {
  /** ways or classes; default: all */
  chosen?: readonly string[]
  /** called when all is prepared and nothing has acted yet */
  arm?: () => void | Promise<void>
  /** nothing acts: the judge must see no effect */
  idle?: boolean
}

/** Runs the suite in an empty folder (in a guest only) and gives a row a way. Throws a sentence if the program did not end well. */
export async function evade(folder: string, fstype: string, options: EvadeOptions = {}): Promise<Omit<EvasionRow, 'mode'>[]> {
  const child = spawn(binary, [...(options.idle ? ['--idle'] : []), folder, ...(options.chosen ?? [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, EVADE_IN_GUEST: '1' },
  })
  const ended = new Promise<number | string | null>((done, fail) => {
    child.once('error', fail)
    child.once('close', (status, signal) => done(status ?? signal))
  })
  const rows: Omit<EvasionRow, 'mode'>[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') {
      await options.arm?.()
      child.stdin.end('go\n')
    } else rows.push({ kernel: release(), fstype, ...(JSON.parse(line) as Omit<EvasionRow, 'mode' | 'kernel' | 'fstype'>) })
  }
  const status = await ended
  if (status !== 0) throw new Error(`evade in ${folder} ended with ${status} after ${rows.length} ways: see its messages above`)
  return rows
}

/** What the rules are to stop: every change of the guarded folders, and reading or running what some of them hold. */
function rulesFor(folder: string, looks: readonly string[]): string[] {
  // A way that this file system does not know has no folder.
  const hidden = looks.filter((way) => existsSync(`${folder}/guarded/${way}`)).map((way) => `deny open,read,exec ${folder}/guarded/${way}/**`)
  return [`deny modify ${folder}/guarded/**`, ...hidden].flatMap((line) => ['--rule', line])
}

/** Ways that look instead of changing, as the program names them. */
function looks(): string[] {
  const list = execFileSync(binary, ['--list'], { encoding: 'utf8', env: { ...process.env, EVADE_IN_GUEST: '1' } })
  return [...list.matchAll(/^(\S+) (?:open|exec)$/gm)].map(([, way]) => way as string)
}

/** How many touches a guard could not judge, as it says at its end: the kernel skips a program that is at work on the same CPU already. */
function skippedIn(summary: string): number {
  return Number(/([\d,]+) touches were not judged/.exec(summary)?.[1]?.replaceAll(',', '') ?? 0)
}

/**
 * In a guest: `node evade.ts MODE:FILESYSTEM[:WAY,…] …`, MODE being free, idle (nothing acts), lsm or fmod_ret; prints a JSON line a way,
 * and one with how many touches were not judged.
 */
async function main(runs: string[]): Promise<void> {
  spawnSync('modprobe', ['overlay'])
  const points = new Map<string, string>()
  for (const run of runs) {
    const [mode = '', type = '', chosen] = run.split(':')
    const fstype = FILE_SYSTEMS.find((known) => known === type)
    if (!fstype) throw new Error(`${run}: choose a file system of ${FILE_SYSTEMS.join(', ')}`)
    const point = points.get(fstype) ?? mountNew(fstype)
    points.set(fstype, point)
    const folder = join(point, mode)
    mkdirSync(folder)
    const start = performance.now()
    let guard: RunningGuard | undefined
    const options: EvadeOptions =
      mode === 'free' || mode === 'idle'
        ? { idle: mode === 'idle' }
        : {
            arm: async () => {
              guard = await RunningGuard.start('--enforce', mode, ...rulesFor(folder, looks()))
            },
          }
    if (chosen) options.chosen = chosen.split(',')
    for (const row of await evade(folder, fstype, options)) console.log(JSON.stringify({ mode, ...row }))
    if (guard) console.log(JSON.stringify({ mode, fstype, unjudged: skippedIn(await guard.stop()) }))
    console.error(`${run}: ${Math.round(performance.now() - start)} ms`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
