/** A row of the past, or of a screen that stands still, as the brakes may act on it now: by who and what is still there. */
import type { FileId, ProcessId } from '../batch/batch.ts'
import type { Model, ProcessRow } from '../model/model.ts'
import { hotFile } from '../model/process-view.ts'
import { printable } from '../text/printable.ts'
import type { Named } from './names.ts'
import type { Subject } from './view.ts'

/** Said where the selected row is not among those of the tick that is shown. */
export const ABSENT = 'the selected one did nothing then, or is not among those kept: ↑ ↓ select another'

/** What of the present is asked for. */
export interface Present {
  model: Pick<Model, 'lifeOf' | 'file'>
  /** did it end in what waits while the screen stands still? */
  hasEnded(id: ProcessId): boolean
}

/** Whom a rule for the subject would be about, as the row has it; null: no process. */
function who(subject: Subject): Pick<ProcessRow, 'id' | 'pid' | 'comm' | 'alive'> | null {
  if (subject.kind === 'event') return { id: subject.process, pid: subject.by.pid, comm: subject.by.comm, alive: subject.by.alive }
  return subject.kind === 'process' ? subject.row : subject.kind === 'file' ? subject.by : null
}

/** By its id, which has its birth in it: another process of the same number is not it. */
function isThere({ model, hasEnded }: Present, id: ProcessId): boolean {
  return model.lifeOf(id) === 'alive' && !hasEnded(id)
}

/** Its name now, where that is known. */
function fileNow({ model }: Present, id: FileId | undefined, then: Named | null): Named | null {
  return (id === undefined ? null : hotFile(model.file(id) ?? null)) ?? then
}

/** The same subject with what is known of it now; what it did stays as it was. */
export function presentSubject(subject: Subject, present: Present): Subject {
  switch (subject.kind) {
    case 'process': {
      const { row, file } = subject
      // The file of a row may be another than the hottest one: that of a close look, for one.
      const id = file === row.hottest ? row.hottest?.id : undefined
      return { ...subject, row: { ...row, alive: isThere(present, row.id) }, file: file && fileNow(present, id, file) }
    }
    case 'file': {
      const { id, file, by } = subject
      return { ...subject, file: fileNow(present, id, file) ?? file, by: by && { ...by, alive: isThere(present, by.id) } }
    }
    case 'event': {
      const { by, process } = subject
      return { ...subject, by: { pid: by.pid, comm: by.comm, alive: by.alive && isThere(present, process) } }
    }
    default:
      return subject
  }
}

/** Said when a rule is proposed for somebody who has ended; null: nobody has. */
export function goneNews(subject: Subject, present: Present): string | null {
  const row = who(subject)
  if (!row || isThere(present, row.id)) return null
  const unknown = row.alive && present.model.lifeOf(row.id) === 'unknown' && !present.hasEnded(row.id)
  const end = unknown ? 'has ended since, or is remembered no more' : row.alive ? 'has ended since' : 'has ended'
  return `${printable(row.comm)} ${row.pid} ${end}: a rule goes by its name, not by its number`
}
