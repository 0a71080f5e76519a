/** `fswatch-tui release`: ends rules whose program died (--on-exit keep). */
import { type KeptRules, keptRules, releaseKept } from '../kernel/guard/kept-rules.ts'

/** What the next start says of such rules, a sentence; null: there are none. */
export function keptSentence(kept: readonly KeptRules[]): string | null {
  if (kept.length === 0) return null
  const times = kept.map(({ pid, leftMs }) => `${leftMs === null ? 'for an unknown time' : `for ${Math.ceil(leftMs / 1000)} s more`} (process ${pid} died)`)
  return `rules of an earlier run hold ${times.join(', ')}; fswatch-tui release ends them`
}

/** The same of this machine now. Never rejects: a folder that is not root's alone is a sentence too. */
export async function keptSentenceNow(): Promise<string | null> {
  return keptRules().then(keptSentence, (error: Error) => `rules of an earlier run cannot be looked for: ${error.message}`)
}

/** Prints; returns the exit status: 0 where no such rule holds any more. Throws a sentence. */
export async function release(): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error('rules are released by root: run it as root, or with sudo')
  const kept = await keptRules()
  if (kept.length === 0) console.log('No rules of an earlier run hold.')
  const results = await Promise.allSettled(kept.map((one) => releaseKept(one)))
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') console.log(`The rules that process ${kept[i]?.pid} left are off.`)
    else console.error(`fswatch-tui: ${(result.reason as Error).message}`)
  }
  return results.every(({ status }) => status === 'fulfilled') ? 0 : 1
}
