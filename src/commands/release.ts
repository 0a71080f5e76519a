/** `fswatch-tui release`: ends rules whose program died (--on-exit keep). */
import { type KeptRules, keptRules, releaseKept } from '../kernel/guard/kept-rules.ts'
import { printLine } from './standard-output.ts'

/** What the next start says of such rules, a sentence; null: there are none. */
export function keptSentence(kept: readonly KeptRules[]): string | null {
  const known = kept.flatMap(({ pid, leftMs }) => (leftMs === null ? [] : [`for ${Math.ceil(leftMs / 1000)} s more (process ${pid} died)`]))
  const silent = kept.flatMap(({ pid, leftMs }) => (leftMs === null ? [String(pid)] : []))
  const sentences = [
    ...(known.length === 0 ? [] : [`rules of an earlier run hold ${known.join(', ')}`]),
    ...(silent.length === 0 ? [] : [`rules of process ${silent.join(', ')} may hold (the watchdog process does not answer)`]),
  ]
  return sentences.length === 0 ? null : `${sentences.join('; ')}; fswatch-tui release ends them`
}

/** ms that a start waits for the answers. */
const START_MS = 1000

/** The same of this machine now, within START_MS. Never rejects: where the folder cannot be read, the sentence says so. `folder`: for tests. */
export async function keptSentenceNow(folder?: string): Promise<string | null> {
  return keptRules(folder, START_MS).then(keptSentence, (error: Error) => `rules of an earlier run cannot be looked for: ${error.message}`)
}

/** Prints; returns the exit status: 0 where no such rule holds any more. Throws a sentence. */
export async function release(): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error('rules are released by root: run it as root, or with sudo')
  const kept = await keptRules()
  if (kept.length === 0) printLine('No rules of an earlier run hold.')
  const results = await Promise.allSettled(kept.map((one) => releaseKept(one)))
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') printLine(`The rules that process ${kept[i]?.pid} left are off.`)
    else console.error(`fswatch-tui: ${(result.reason as Error).message}`)
  }
  return results.every(({ status }) => status === 'fulfilled') ? 0 : 1
}
