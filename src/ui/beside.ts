/** What can be on the screen beside tables: the rules, the quotas, who waits. A list, and below it the selected one closely. */
import type { RuleState } from '../rules/control.ts'
import { inWords } from '../text/ascii.ts'
import { ANSWER_TIMES, askDetailLines, askDetailRows, asksLines } from './asks-view.ts'
import { clickable, type Line, plain } from './line.ts'
import { quotaDetailLines, quotaDetailRows, quotasLines } from './quotas-view.ts'
import { detailLines, detailRows, enforcementLines } from './rule-detail.ts'
import { rulesLines } from './rules-view.ts'
import type { ScreenData } from './screen.ts'

type BesideData = Pick<ScreenData, 'rules' | 'state' | 'header' | 'enforcement' | 'asks' | 'defaultAnswer' | 'nowMs'>

/** Does the quotas' view list it? */
export function isQuota({ rule }: RuleState): boolean {
  return rule.action.kind === 'quota'
}

/** Lines of a list, the first of them that of `all[from]`, each to be clicked on. */
function pickable(lines: Line[], all: readonly { id: number }[], from: number): Line[] {
  return lines.map((line, i) => {
    const one = all[from + i]
    return one ? clickable(line, { do: 'pick', id: one.id }) : line
  })
}

/** The rules, and below what there is to say of the selected one. */
export function rulesBody({ rules, state, header, enforcement }: BesideData, columns: number, room: number): Line[] {
  const below = detailRows(room)
  const list = pickable(rulesLines(rules, state.ruleIndex, state.scroll, header.timeMs, columns, room - below), rules, state.scroll)
  const selected = rules[state.ruleIndex]
  // Without a rule there are no details to say it in: why none can be armed.
  if (!selected) return [...list, ...enforcementLines(enforcement, columns)].slice(0, room)
  while (list.length < room - below) list.push([{ text: '' }])
  return [...list, ...detailLines(selected, enforcement, state.confirm, columns, below)]
}

/** Who waits, and below what there is to know of the selected one. */
export function asksBody({ asks, state, defaultAnswer, nowMs }: BesideData, columns: number, room: number): Line[] {
  const below = askDetailRows(room)
  const list = pickable(asksLines(asks, state.ask, state.scroll, nowMs, columns, room - below), asks, state.scroll)
  const selected = asks.find(({ id }) => id === state.ask)
  if (asks.length === 0) return list
  while (list.length < room - below) list.push([{ text: '' }])
  if (!selected) return [...list, plain(inWords('Who was selected waits no more: ↑ ↓ choose.'), columns, { role: 'warn' })]
  return [...list, ...askDetailLines(selected, defaultAnswer, ANSWER_TIMES[state.answerTime] ?? null, nowMs, columns, below)]
}

/** The quotas, and below what there is to know of the selected one. */
export function quotasBody({ rules, state, nowMs }: BesideData, columns: number, room: number): Line[] {
  const below = quotaDetailRows(room)
  const quotas = rules.filter(isQuota)
  const list = pickable(quotasLines(quotas, state.ruleIndex, state.scroll, columns, room - below), quotas, state.scroll)
  const selected = quotas[state.ruleIndex]
  if (!selected) return list
  while (list.length < room - below) list.push([{ text: '' }])
  return [...list, ...quotaDetailLines(selected, nowMs, columns, below)]
}
