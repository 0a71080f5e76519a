/** A filter asked of files: what it says of paths is asked of their names, what it says of processes of those that touched them. */
import type { ProcessFact } from '../batch/batch.ts'
import { noCounts } from './counts.ts'
import type { FileAt } from './file-look.ts'
import type { Filter, Term } from './filter.ts'
import { identityOf } from './identity.ts'
import { compare, matcher, opHappened, pathTest, type Subject, wordTest } from './match.ts'
import type { Who } from './process.ts'
import { grown } from './slots.ts'
import type { World } from './world.ts'

/** What a term asks; it holds where any of these does. */
interface Question {
  negate: boolean
  /** of the file's path */
  name: ((path: string) => boolean) | null
  /** of a process that touched the file */
  process: ((subject: Subject) => boolean) | null
  /** of what was done to the file */
  file: ((file: FileAt) => boolean) | null
  /** what was answered about names */
  answers: Answers
}

/** By slot: the name that was asked about (see FileStates.named); negative: it did not pass. */
type Answers = Int32Array<ArrayBuffer>

const NOTHING = noCounts()
/** Answers about processes are kept as bits of one number. */
const MOST_TERMS = 30

function questionOf(term: Term): Question {
  const question: Question = { negate: term.negate, name: null, process: null, file: null, answers: new Int32Array(0) }
  const ofProcess = matcher({ terms: [{ ...term, negate: false }] })
  if (term.kind === 'number') {
    const holds = compare[term.comparison]
    // A file is one file.
    const rate = (file: FileAt) => (term.key === 'files' ? 1 : file[term.key])
    return { ...question, file: (file) => holds(rate(file), term.value) }
  }
  if (term.kind === 'word') return { ...question, name: wordTest(term.text), process: ofProcess }
  const name = pathTest(term)
  if (name) return { ...question, name }
  if (term.kind === 'text' && term.key === 'op') return { ...question, file: (file) => opHappened(term.text, file) }
  return { ...question, process: ofProcess }
}

/** Answers are kept from query to query: names by file until it gets another, processes by process. */
export class FileFilter {
  readonly filter: Filter | null
  readonly #questions: Question[]
  /** is any question about processes? */
  readonly #aboutProcesses: boolean
  /** Only names are asked about: then one answer says it all. */
  readonly #onlyNames: boolean
  #answers: Answers = new Int32Array(0)
  /** by slot: which questions about processes were answered with yes by one that touched the file */
  #touched = new Int32Array(0)
  #batches = -1

  constructor(filter: Filter | null) {
    this.filter = filter
    this.#questions = (filter?.terms ?? []).slice(0, MOST_TERMS).map(questionOf)
    this.#aboutProcesses = this.#questions.some((question) => question.process)
    this.#onlyNames = this.#questions.every((question) => !question.process && !question.file)
  }

  /** Does everything pass? */
  get open(): boolean {
    return this.#questions.length === 0
  }

  /** Call before each query. */
  prepare(world: World): void {
    this.#answers = grown(this.#answers, world.files.end)
    for (const question of this.#questions) if (question.name) question.answers = grown(question.answers, world.files.end)
    if (!this.#aboutProcesses || this.#batches === world.batches) return
    this.#batches = world.batches
    this.#askProcesses(world)
  }

  #askProcesses(world: World): void {
    const { processes, files } = world
    const bySlot = new Int32Array(processes.slots)
    let any = 0
    for (let slot = 0; slot < processes.slots; slot++) {
      const state = processes.inSlot(slot)
      if (!state) continue
      const answers = this.#ask(state.who, world, (pid) => processes.descends(state, pid))
      bySlot[slot] = answers
      any |= answers
      state.who.asked = this
      state.who.answers = answers
    }
    this.#touched = grown(this.#touched, files.end)
    this.#touched.fill(0)
    if (any === 0) return
    const { store } = processes
    for (let pair = 0; pair < store.end; pair++) {
      if (!store.used(pair)) continue
      const answers = bySlot[store.owner(pair)] as number
      if (answers === 0 || !files.has(store.file(pair))) continue
      const slot = store.fileSlot(pair)
      this.#touched[slot] = (this.#touched[slot] as number) | answers
    }
  }

  #ask(who: Who, world: World, descendsFrom: (pid: number) => boolean): number {
    const subject = subjectOf(who, world, descendsFrom)
    let answers = 0
    for (const [i, { process }] of this.#questions.entries()) if (process?.(subject)) answers |= 1 << i
    return answers
  }

  /** The hottest process may have ended long ago: it is shown beside the file, so it is asked too. */
  #hottestAnswers(slot: number, world: World): number {
    const who = world.files.hottest(slot)
    if (!who) return 0
    if (who.asked !== this) {
      who.asked = this
      who.answers = this.#ask(who, world, (pid) => who.fact?.pid === pid || who.fact?.ppid === pid)
    }
    return who.answers
  }

  /** Does the file that `at` looks at pass? */
  passes(at: FileAt, world: World): boolean {
    const { slot } = at
    if (!this.#onlyNames) return this.#holds(at, slot, world)
    const named = world.files.named(slot)
    const kept = this.#answers[slot] as number
    if (kept === named || kept === -named) return kept > 0
    const passes = this.#holds(at, slot, world)
    this.#answers[slot] = passes ? named : -named
    return passes
  }

  #holds(at: FileAt, slot: number, world: World): boolean {
    const touched = this.#aboutProcesses ? (this.#touched[slot] as number) | this.#hottestAnswers(slot, world) : 0
    for (let i = 0; i < this.#questions.length; i++) {
      const question = this.#questions[i] as Question
      const holds = (touched & (1 << i)) !== 0 || this.#namePasses(question, slot, world) || (question.file?.(at) ?? false)
      if (holds === question.negate) return false
    }
    return true
  }

  #namePasses(question: Question, slot: number, world: World): boolean {
    if (!question.name) return false
    const named = world.files.named(slot)
    const kept = question.answers[slot] as number
    if (kept === named || kept === -named) return kept > 0
    const fact = world.files.fact(slot)
    const passes = fact !== null && question.name(fact.path)
    question.answers[slot] = passes ? named : -named
    return passes
  }
}

function subjectOf(who: Who, world: World, descendsFrom: (pid: number) => boolean): Subject {
  const fact: Partial<ProcessFact> = who.fact ?? {}
  return {
    pid: fact.pid ?? Number.parseInt(who.id, 10),
    comm: fact.comm ?? '?',
    ...identityOf(who.fact, world.info),
    exe: fact.exe ?? '',
    rates: { bytes: 0, writes: 0, opens: 0, reads: 0, errors: 0, files: 0 },
    total: NOTHING,
    descendsFrom,
    touches: () => false,
  }
}
