/** What there is to say of one directory besides its rows: its quota, its disk, its last minute, who fills it. */
import type { DirectoryDetail } from '../model/directory-drill.ts'
import type { RuleState } from '../rules/control.ts'
import { coversPath } from '../rules/match.ts'
import { printable } from '../text/printable.ts'
import { bytes, exact } from '../text/units.ts'
import { firstFitting, fitPath, listed } from '../text/width.ts'
import { callsTexts, historyLine, type Known, LABEL, labelled, rulesAbout, rulesText, said } from './detail-lines.ts'
import type { Line } from './line.ts'
import type { ScreenLook } from './look.ts'
import { pathText, processText } from './names.ts'
import { ASKING, answerOf, countText, mountText, UNASKABLE } from './now-text.ts'
import { usedText } from './quotas-view.ts'

/** Quotas that count what lies there, the nearest first, and how they are doing. */
function quotasText(path: string, rules: readonly RuleState[]): string {
  return rules
    .filter(({ rule, state }) => rule.action.kind === 'quota' && (state === 'armed' || state === 'counting') && coversPath(rule.object, path))
    .sort((a, b) => b.rule.object.text.length - a.rule.object.text.length)
    .map(({ id, quota, rule }) => `${id}: ${quota ? usedText(quota) : 'being counted'}${rule.object.text === path ? '' : ` of ${printable(rule.object.text)}`}`)
    .join('; ')
}

/** What lies there by its own quota, which knows it all the time; null: it has none. */
function byQuota(path: string, rules: readonly RuleState[]): string | null {
  const own = rules.find(({ rule, state, quota }) => rule.action.kind === 'quota' && state === 'armed' && quota && rule.object.text === path)
  return own?.quota ? `${bytes(own.quota.bytes) || 'nothing'} in ${exact(own.quota.inodes)} files and directories, as its quota counts` : null
}

function rate(value: number): string {
  return value > 0 ? ` ${bytes(value)}/s` : ''
}

/** What the rows do not show: who writes most, or what is written most. */
function leadingText({ path, known, leading: { processes, files } }: DirectoryDetail, columns: number): string {
  const cells = columns - LABEL
  const inside = path === '/' ? 1 : path.length + 1
  const much = (total: { writeBytes: number }) => ` ${bytes(total.writeBytes) || '0'}`
  const names = [
    ...processes.map(({ process, bytes: now, total }) => `${process ? `${processText(process)} ${process.pid}` : '?'}${much(total)}${rate(now)}`),
    ...files.map((file) => `${fitPath(pathText({ ...file, path: file.path.slice(inside) }), Math.floor(cells / 2))}${much(file.total)}${rate(file.bytes)}`),
  ]
  return names.length === 0 ? '' : listed(names, ', ', cells, files.length > 0 ? known : null)
}

/** Its lines. */
export function directoryLines(detail: DirectoryDetail, { rules, now: seen, live }: Known, columns: number, look: ScreenLook): Line[] {
  const { path, known, rates, total, history } = detail
  const answer = answerOf(seen, 'directory', live, path.startsWith('/') ? ASKING : UNASKABLE)
  const about = rulesAbout(
    path,
    rules.filter(({ rule }) => rule.action.kind !== 'quota'),
  )
  const now = rate(rates.writeBytes) === '' ? '' : `, now${rate(rates.writeBytes)} written`
  const on = ` on ${exact(known)} known ${known === 1 ? 'file' : 'files'}`
  const [calls, fewer] = callsTexts(total)
  const inAll = [calls + on + now, calls + on, fewer + on + now, fewer + on, `${fewer} on ${exact(known)} files`]
  return [
    labelled('path', fitPath(`${printable(path)}${path === '/' ? '' : '/'}`, columns - LABEL), columns),
    labelled('quota', quotasText(path, rules) || (live ? 'none (c sets one)' : 'none'), columns),
    ...(live ? [labelled('size', byQuota(path, rules) ?? said(answer, (directory) => countText(directory, columns - LABEL)), columns)] : []),
    labelled(
      'disk',
      said(answer, (directory) => mountText(directory, columns - LABEL)),
      columns,
    ),
    historyLine('written', history, 'writeBytes', total.writeBytes, columns, look),
    historyLine('read', history, 'readBytes', total.readBytes, columns, look),
    labelled(detail.leading.files.length > 0 ? 'files' : 'by', leadingText(detail, columns) || 'nobody', columns),
    labelled('rules', rulesText(about, columns) || 'none is about all of it', columns),
    labelled('in all', firstFitting(inAll, columns - LABEL), columns),
  ]
}
