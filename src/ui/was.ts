/** What is shown of a process or file that the model remembers no more: how it was when it was chosen, now or in the past. Pure. */

import type { Moment } from '../model/past-view.ts'
import { printable } from '../text/printable.ts'
import { timeOfDay } from '../text/time-of-day.ts'
import { bytes, exact } from '../text/units.ts'
import { fitPath } from '../text/width.ts'
import { LABEL, labelled } from './detail-lines.ts'
import { type Line, plain } from './line.ts'
import { pathText } from './names.ts'
import { rateTexts } from './rate-texts.ts'
import { placeOf, shownTick } from './scrub.ts'
import type { UiState } from './ui-state.ts'
import type { Subject } from './view.ts'

/** The row that was chosen, and the time that it shows, ms since the epoch. */
export interface Was {
  subject: Extract<Subject, { kind: 'process' | 'file' }>
  timeMs: number
}

/** A row as it is on the screen now; nothing where it is of neither kind. */
export function wasOf(subject: Subject, { past }: Pick<UiState, 'past'>, moments: readonly Moment[]): { was?: Was } {
  if (subject.kind !== 'process' && subject.kind !== 'file') return {}
  const tick = shownTick({ past }, moments)
  const moment = tick === null ? moments.at(-1) : moments[placeOf(moments, tick)]
  return moment ? { was: { subject, timeMs: moment.timeMs } } : {}
}

function processLines({ row, file }: Extract<Subject, { kind: 'process' }>, columns: number): Line[] {
  const { total } = row
  const where = row.container === '' || row.container === '?' ? '' : `  container ${printable(row.container)}`
  const rates = rateTexts({ opens: row.opens, writes: row.writes, writeBytes: row.bytes, readBytes: row.reads, errors: row.errors })
  const inAll = `${exact(total.opens)} opens, ${exact(total.writes)} writes, ${exact(total.reads)} reads, ${exact(total.errors)} errors`
  const moved = `${bytes(total.writeBytes) || '0'} written, ${bytes(total.readBytes) || '0'} read, ${exact(row.files)} ${row.files === 1 ? 'file' : 'files'}`
  return [
    labelled('program', `${printable(row.exe) || '(unknown)'}  user ${printable(row.user)}${where}`, columns),
    labelled('from', row.ppid > 0 ? `${printable(row.parentComm) || '?'} ${row.ppid}` : '(unknown)', columns),
    labelled('did then', rates.join('  '), columns),
    labelled('in all', `${inAll}; ${moved}`, columns),
    labelled('hottest', file ? fitPath(pathText(file), columns - LABEL) : 'no file', columns),
  ]
}

function fileLines({ file, total }: Extract<Subject, { kind: 'file' }>, columns: number): Line[] {
  const calls = `${exact(total.opens)} opens, ${exact(total.writes)} writes, ${exact(total.reads)} reads, ${exact(total.changes)} changes, ${exact(total.errors)} errors`
  return [
    labelled('path', fitPath(pathText(file), columns - LABEL), columns),
    labelled('in all', `${calls}; ${bytes(total.writeBytes) || '0'} written, ${bytes(total.readBytes) || '0'} read`, columns),
  ]
}

/** Its lines. */
export function wasLines({ subject, timeMs }: Was, columns: number): Line[] {
  const what = subject.kind === 'process' ? 'process' : 'file'
  return [
    plain(`This ${what} is remembered no more. Here is how it was ${timeOfDay(timeMs)}. Esc goes back.`, columns, { role: 'warn' }),
    ...(subject.kind === 'process' ? processLines(subject, columns) : fileLines(subject, columns)),
  ]
}
