/** What a row is about, with what a rule for it needs to know beyond what it shows: asked of the model when a key is pressed. */
import { userOfKey } from '../model/identity.ts'
import type { Model } from '../model/model.ts'
import type { Subject } from './view.ts'

const ALL = { reverse: false, kinds: 'all', limit: Number.POSITIVE_INFINITY } as const

/** Users that a view tells apart and a rule cannot, since they have one number here; '': there are none. */
function othersOf(key: string, model: Model): string {
  const number = Number.parseInt(key, 10)
  const { rows } = model.groups({ ...ALL, by: 'user', of: 'processes', sort: 'name', filter: null, expanded: new Set() })
  const others = rows.filter((row) => row.key !== key && Number.parseInt(row.key, 10) === number)
  return others.map((row) => userOfKey(row.key, model.info)).join(', ')
}

/** What it did to its hottest file, which is what a rule about both is to be about, and not all that it did. */
function onHottest(subject: Extract<Subject, { kind: 'process' }>, model: Model): Subject {
  const { row, file, below } = subject
  if (below !== undefined || file === null || file !== row.hottest) return subject
  const used = model.processDetail(row.id, { ...ALL, sort: 'bytes' })?.files.find(({ key }) => key === row.hottest?.id)
  return used ? { ...subject, row: { ...row, total: used.total } } : subject
}

/** The same subject, so that a rule for it says what the row says and no more. */
export function meant(subject: Subject, model: Model): Subject {
  if (subject.kind === 'process') return onHottest(subject, model)
  if (subject.kind === 'group' && subject.by === 'user') return { ...subject, others: othersOf(subject.key, model) }
  if (subject.kind === 'file' && subject.group?.by === 'user') return { ...subject, group: { ...subject.group, others: othersOf(subject.group.key, model) } }
  return subject
}
