/** What a screen or a command may ask of the rules, whoever enforces them. */
import type { Rule, RuleOp } from './rule.ts'

/** A process that a rule has hit. */
export interface RuleProcess {
  pid: number
  /** as it was called when it was hit last; '?' where that was not seen */
  comm: string
  hits: number
}

/** A process that could write before the rule was armed. */
export interface RuleHolder {
  pid: number
  comm: string
  /** mapped: no hook refuses its stores; open: each write is judged */
  how: 'mapped' | 'open'
  /** mapped: its files were written back, so that its next store into each page is judged */
  storesSeen?: boolean
}

/** A rule, and how it is doing. */
export interface RuleState {
  /** stays the same as long as the program runs */
  id: number
  rule: Rule
  /** its line */
  text: string
  state: 'armed' | 'disarmed' | 'expired' | 'counting'
  /** touches it matched and acted on */
  hits: number
  /** touches it matched by somebody no rule may hit */
  exempted: number
  signalsFailed: number
  /** of the hits: counted, but too many at a time to be told one by one; none where left out */
  unreported?: number
  /** of the hits: decided on the safe side, since it could not be told */
  unsure: number
  /** who was hit, most first; the kernel forgets those hit longest ago beyond some thousands */
  processes: RuleProcess[]
  /** who had it mapped or open for writing when it was armed, as long as they live */
  holders: RuleHolder[]
  /** ms since the epoch of the last hit, or null */
  lastMs: number | null
  /** ms since the epoch, or null */
  expiresMs: number | null
  /** what the user should know, a sentence each */
  notes: string[]
  /** of a quota; null for other rules */
  quota: QuotaUse | null
}

/** How a quota is doing. Bytes are sizes of files, rounded up to blocks of 4,096. */
export interface QuotaUse {
  bytes: number
  inodes: number
  limitBytes: number
  limitInodes: number | null
  /** bytes a second, of the last interval; negative where more goes than comes */
  rate: number
  /** ms until it is full at the rate of the last minute; null: it is not getting fuller */
  fullMs: number | null
  /** bytes that may have come or gone while it was counted, seen or not: 0 where the count was exact */
  uncertain: number
  /** ms since the epoch of the last count; null while the first one goes on */
  countedMs: number | null
  /** directories and files that could not be counted */
  failed: string[]
  /** who made it grow, most first, by name; the process that wrote most of them, and how many they are */
  writers: { pid: number; comm: string; processes: number; bytes: number }[]
}

/** How far the arming of a rule is. Nothing holds yet while the programs are loaded and a quota is counted. */
export interface ArmProgress {
  /**
   * links: files with a further name outside the tree are searched for; holders: processes that have a file of the rule open; writeBack:
   * mapped files are written back
   */
  step: 'links' | 'holders' | 'writeBack' | 'quota'
  /** directory entries, processes, files, or inodes looked at */
  looked: number
  /** as many there are, where that is known */
  all: number | null
}

/** How arming is watched and cancelled. */
export interface ArmOptions {
  /** cancels: arming rejects with the signal's reason, and the rule is disarmed */
  signal?: AbortSignal
  onProgress?: (progress: ArmProgress) => void
}

const LOOKED: Record<ArmProgress['step'], string> = {
  links: 'files looked at for hard links',
  holders: 'processes looked at for open files',
  writeBack: 'mapped files written back',
  quota: 'files counted',
}

/** How far it is, and what holds already: '120,000 files looked at for hard links; the rule already holds in its tree'. */
export function armProgressText({ step, looked, all }: ArmProgress): string {
  const figure = looked.toLocaleString('en-US') + (all === null ? '' : ` of ${all.toLocaleString('en-US')}`)
  const holds = {
    links: '; the rule already holds in its tree',
    holders: '; the rule already holds',
    writeBack: '; the rule already holds',
    quota: '; the quota does not hold yet',
  }[step]
  return `${figure} ${LOOKED[step]}${holds}`
}

/** One hit, as a rule's owner wants to read it. */
export interface RuleHit {
  rule: RuleState
  timeMs: number
  pid: number
  comm: string
  path: string
  /** of a rename or link that was held: its target, where `path` is its source */
  target?: string
  /** what it was about to do */
  ops: RuleOp[]
  /** what the call was given: 'EPERM', or '' where it went on */
  refused: string
  /** it waits for an answer */
  held: boolean
  /** of a store through a shared mapping, which cannot be refused: it was made, its process was stopped or killed before; none: a call */
  store?: 'passed' | 'stopped' | 'killed'
}

/** A BPF program that another process loaded and that can refuse the same calls. */
export interface OtherProgram {
  /** at most 15 bytes, as its loader chose it */
  name: string
  kind: 'lsm' | 'fmod_ret' | 'lsm_cgroup'
  /** the kernel function it is attached to; null where the kernel does not tell (before 5.13) */
  hook: string | null
  /** it is one of another fswatch-tui, by its name */
  isFswatch: boolean
  /** the process that holds it, and its name; null where none was found: it may be pinned */
  pid: number | null
  comm: string | null
}

/** How rules are enforced here. */
export interface Enforcement {
  /** 'lsm', 'fmod_ret', 'none' or, before the first rule, 'idle' */
  way: string
  /** why no better way, a sentence each */
  why: string[]
  /** touches nobody judged, since the kernel skipped the guard's program (recursion protection) */
  skipped: number
  /** programs of others on the same hooks, some seconds old; none: not known, or there are none */
  others?: readonly OtherProgram[]
}

/** Whom an answer is for: this call alone, or from now on the process, its program, or for good (that writes a rule). */
export type AnswerScope = 'call' | 'process' | 'program' | 'always'

/** An answer to a pending request. */
export interface Answer {
  verdict: 'allow' | 'deny'
  scope: AnswerScope
  /** ms an answer for a process or program stands; null: until its rule goes */
  forMs: number | null
}

/** A thread that waits inside a call for an answer. */
export interface Ask {
  id: number
  /** of the rule that asks */
  rule: number
  pid: number
  tid: number
  comm: string
  /** what it is about to do */
  ops: (RuleOp | 'truncate')[]
  path: string
  /** of a rename or link: its target, where `path` is its source; else null */
  target: string | null
  /** the operations its rule asks about, and of what: what an answer for the process or program covers */
  covers: string
  /** the command line, at most its first 4 KiB; '' where it cannot be read, or was not read yet */
  command: string
  /** path of its program; '' where it cannot be read */
  exe: string
  user: string
  /** the short name of its container, unit or login; '' for none */
  container: string
  /** ancestors, nearest first, as 'comm(pid)' */
  parents: string[]
  /** ms since the epoch */
  sinceMs: number
  /** then the default answer is given; ms since the epoch */
  untilMs: number
  /** asked: more often than once where somebody else resumed it */
  times: number
}

/** What the screen and the commands ask of the rules. */
export interface RuleControl {
  /** Who waits, longest first. */
  asks(): Ask[]
  /** the answer that is given when nobody gives one */
  readonly defaultAnswer: 'allow' | 'deny'
  /** Answers; what was done, as a sentence. Rejects with a sentence. */
  answer(id: number, answer: Answer): Promise<string>
  /** What happened by itself since it was last asked, a sentence each. */
  news(): string[]
  /** Called whenever somebody begins to wait or has his answer. */
  onAsks: (() => void) | null

  readonly enforcement: Enforcement
  /** Arms a rule; all of it holds when this settles. It is among `states` from the moment it begins to hold. Rejects with a sentence. */
  arm(rule: Rule, options?: ArmOptions): Promise<RuleState>
  /** Arms a rule in place of another, which goes only when the new one holds. Rejects with a sentence. */
  replace(id: number, rule: Rule, options?: ArmOptions): Promise<RuleState>
  /** Arms many at once, or none: rejects with the first sentence. */
  armAll(rules: readonly Rule[], options?: ArmOptions): Promise<RuleState[]>
  disarm(id: number): Promise<void>
  /** Kills or stops those that had a rule's file mapped when it was armed, and still live; what was done, as a sentence. */
  signalHolders(id: number, signal: 'SIGKILL' | 'SIGSTOP'): Promise<string>
  /** Forgets a rule, disarming it first. */
  remove(id: number): Promise<void>
  /** All rules, in the order they came. */
  states(): RuleState[]
  /** Once a tick: counters, expiry, what paths lead to; the hits since the last one. */
  tick(): Promise<RuleHit[]>
  /** Is a process one that no rule may hit? */
  exempt(pid: number): boolean
  /** Notes on the place of a rule that is being written, as far as they are known by now, a sentence each. Never waits: call it with each update. */
  placeNotes(rule: Rule): string[]
  /** Why a rule needs the word `yes` before it is armed, a sentence each without its dot, apart from what a preview tells; none in a dry run. */
  dangers(rule: Rule): string[]
  /** Why rules of a kind cannot be enforced here, the end of a sentence; null: they can, as far as is known. Costs nothing. */
  inability(kind: Rule['action']['kind']): string | null
  /** Is a process of the session that this program runs in? */
  isOwnSession(pid: number): boolean
  /** true: every rule only tells */
  readonly isDryRun: boolean
  /** Lets go of all who wait, by the default answer, and disarms everything. */
  close(): Promise<void>
}
