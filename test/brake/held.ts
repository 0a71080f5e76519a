/**
 * For the tests of hold and ask: a brake, rules that ask, and programs that are held. Test files that run in one process (--test-isolation=none)
 * have the same brake: loading it takes an emulated machine longer than most tests.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Brake, type BrakeOptions } from '../../src/commands/brake.ts'
import type { Answer, Ask, RuleState } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

/** What the tests touch lies here. */
export const folder = '/tmp/ask'

/** The program that touches files in odd ways (test/programs/asker.c). */
export const asker = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/asker')

/** The best way of this kernel that can hold: 5.10 has no BPF LSM. */
export const way = Number(release().split('.')[0]) * 100 + Number(release().split('.')[1]) < 511 ? 'fmod_ret' : 'lsm'

/** Those of the brake: nobody has his answer by himself during a test. */
export const OPTIONS: BrakeOptions = { dryRun: false, protect: [], ways: [way], timeoutMs: 60_000, defaultAnswer: 'deny', recountMs: 600_000 }

/** It loads nothing before its first rule. */
export const brake = new Brake(OPTIONS)
after(() => brake.close())

/** A file's path. */
export const at = (name: string) => join(folder, name)

/** A file's text. */
export const text = (name: string) => readFileSync(at(name), 'utf8')

/** ms */
export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Waits for what `look` finds. Rejects with what did not happen. */
export async function until<T>(what: string, look: () => T | Promise<T>, ms = 20_000): Promise<NonNullable<T>> {
  for (const end = performance.now() + ms; ; await sleep(5)) {
    const found = await look()
    if (found) return found as NonNullable<T>
    if (performance.now() > end) throw new Error(`it did not happen: ${what}`)
  }
}

/** A process's state as /proc has it: T is stopped. */
export function stateOf(pid: number | undefined): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2)[0] as string
}

/** A program that was started. */
export interface Started {
  child: ChildProcess
  /** its exit status, or the signal it died of */
  ended: Promise<number | string>
  /** what it has written so far */
  said: () => string
}

const started: ChildProcess[] = []

/** Starts what is killed after the test. Rules do not hit us: children they do. */
export function start(...command: string[]): Started {
  return watched(spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] }))
}

function watched(child: ChildProcess): Started {
  let said = ''
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString()
  })
  started.push(child)
  return { child, ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string), said: () => said }
}

/** The same, with a standard input to write to; '' ends it. */
export function startTalking(...command: string[]): Started & { tell: (line: string) => void } {
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] })
  const tell = (line: string) => void (line === '' ? child.stdin.end() : child.stdin.write(line))
  return { ...watched(child), tell }
}

/** A shell line. */
export const sh = (line: string) => start('sh', '-c', line)

/** Arms a rule line. */
export async function arm(line: string, by = brake): Promise<RuleState> {
  const parsed = parseRule(line)
  if (!parsed.ok) throw new Error(parsed.message)
  return by.arm(parsed.rule)
}

/** Who is held first. */
export const asked = (where: (ask: Ask) => boolean = () => true) => until('somebody is held', () => brake.asks().find(where))

/** Answers; what was done, as a sentence. */
export const answer = (ask: Ask, verdict: Answer['verdict'], scope: Answer['scope'] = 'call', forMs: number | null = null) =>
  brake.answer(ask.id, { verdict, scope, forMs })

/** Our guard as a program of its own, which asks nobody but its keeper: resolves when its rule is armed. */
export async function startGuard(...args: string[]): Promise<ChildProcess> {
  const child = spawn('fswatch-tui', ['guard', '--enforce', way, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  await until('it is armed', () => said.includes('armed by'), 300_000)
  return child
}

/** For a describe: the folder, and nothing left of a test but that. */
export function cleanUp(): void {
  before(() => mkdirSync(folder, { recursive: true }))
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
    for (const { id } of brake.states()) await brake.remove(id)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
}
