/** What lines about a process, file or directory that is looked at are made of: a label and a text, the last minute as bars, rules. */
import type { Counts } from '../model/counts.ts'
import type { Sample } from '../model/drill.ts'
import type { RuleState } from '../rules/control.ts'
import { effectOf } from '../rules/effect.ts'
import { coversPath } from '../rules/match.ts'
import { harmless } from '../text/printable.ts'
import { bytes, count, exact, sparkline } from '../text/units.ts'
import { listed } from '../text/width.ts'
import type { NowSeen } from './asking.ts'
import { clip, type Line } from './line.ts'
import type { ScreenLook } from './look.ts'

/** What is known beside what was counted. */
export interface Known {
  rules: readonly RuleState[]
  /** what the live machine says; null: nothing */
  now: NowSeen | null
  /** is there a live machine? */
  live: boolean
}

/** What the machine says, or why it says nothing. */
export function said<T>(answer: string | T, text: (now: T) => string): string {
  return typeof answer === 'string' ? answer : text(answer as T)
}

/** Cells of what a line begins with. */
export const LABEL = 9

/** Calls by what they were, what there was none of left out; exactly, and shorter. */
export function callsTexts({ opens, writes, mmapPages, reads, changes, errors }: Counts): [exactly: string, shorter: string] {
  const all: [number, string][] = [
    ...([
      [opens, 'open'],
      [writes, 'write'],
      [reads, 'read'],
      [changes, 'change'],
      [errors, 'error'],
    ] as [number, string][]),
    [mmapPages, 'page mapped'],
  ]
  const some = all.filter(([count]) => count > 0)
  const named = ([count, one]: [number, string]) => (count === 1 ? one : one.replace(/^(\w+)/, '$1s'))
  const text = (shown: (count: number) => string) => some.map((each) => `${shown(each[0])} ${named(each)}`).join(', ') || 'nothing'
  return [text(exact), text(count)]
}

/** A line of a label and a text, which is harmless already. */
export function labelled(label: string, text: string, columns: number): Line {
  return clip([{ text: label.padEnd(LABEL), bold: true }, { text: text === '' ? ' ' : text }], columns)
}

/** The last minute as bars, and the highest of it. */
export function historyLine(label: string, history: readonly Sample[], of: 'writeBytes' | 'readBytes', total: number, columns: number, look: ScreenLook): Line {
  const values = history.map(({ rates }) => rates?.[of] ?? 0)
  const peak = Math.max(0, ...values)
  const bars = Math.max(10, Math.min(60, columns - LABEL - 31))
  return clip(
    [
      { text: label.padEnd(LABEL), bold: true },
      { text: look.screenReader ? '' : sparkline(values, bars), role: 'good' },
      { text: ` peak ${bytes(peak) || '0'}/s, ${bytes(total) || '0'} in all` },
    ],
    columns,
  )
}

/** Lines of rules, one after the other, as far as there is room; '' for none. */
export function rulesText(rules: readonly { text: string }[], columns: number): string {
  const texts = rules.map(({ text }) => harmless(text))
  return texts.length === 0 ? '' : listed(texts, '; ', columns - LABEL)
}

function hitsText(hits: number): string {
  return hits > 0 ? ` (${exact(hits)}×)` : ''
}

/** Armed rules about a path, and what they do. */
export function rulesAbout(path: string, rules: readonly RuleState[]): { text: string }[] {
  return rules
    .filter(({ state, rule }) => state === 'armed' && coversPath(rule.object, path))
    .map(({ id, text, rule, hits }) => ({ text: `${id} ${effectOf(rule)}${hitsText(hits)}: ${text}` }))
}
