/** A rule as its line: fit for a terminal, and parses back to the same rule. */
import { printSize } from './quota.ts'
import { type Condition, MODIFY, QUOTA_WARN_PERCENT, RULE_OPS, type Rule, type RuleObject, type RuleOp } from './rule.ts'

/** Characters that stay as they are outside quotes. Quotes make blanks plain, and * ? [ too. */
const PLAIN = /^[\p{L}\p{N}\p{M}/._,:+@%=!~^&$#;<>|(){}'`-]*$/u
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}"\\]/gu
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e', '"': '\\"', '\\': '\\\\' }

function escaped(char: string): string {
  const short = SHORT[char]
  if (short !== undefined) return short
  const code = char.codePointAt(0) as number
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

function quoted(text: string): string {
  UNSAFE.lastIndex = 0
  return PLAIN.test(text) && !UNSAFE.test(text) ? text : `"${text.replace(UNSAFE, escaped)}"`
}

/** A path whose last name is ** must not look like a tree: the parser takes quoted stars as they are. */
function quotedPath(text: string): string {
  return text.endsWith('/**') ? `${quoted(text.slice(0, -2))}"**"` : quoted(text)
}

export function printObject({ kind, text }: RuleObject): string {
  switch (kind) {
    case 'file':
      // A file may be called **: in quotes a star is a star.
      return quotedPath(text)
    case 'tree':
      return text === '/' ? '/**' : `${quoted(text)}/**`
    case 'name':
      return `**/${quoted(text)}`
    case 'suffix':
      return `**/*${quoted(text)}`
  }
}

/** A condition as it is written, with ! where it is negated. */
export function printCondition(condition: Condition): string {
  const sign = condition.negate ? '!' : ''
  switch (condition.key) {
    case 'pid':
      return `${sign}pid=${condition.pid}${condition.descendants ? '+' : ''}`
    case 'uid':
      return `${sign}uid=${condition.uid}`
    default:
      return `${sign}${condition.key}=${quoted(condition.text)}`
  }
}

/** `modify` and `all` where they fit. */
export function printOps(ops: readonly RuleOp[]): string {
  if (RULE_OPS.every((op) => ops.includes(op))) return 'all'
  if (!MODIFY.every((op) => ops.includes(op))) return ops.join(',')
  return ['modify', ...ops.filter((op) => !MODIFY.includes(op))].join(',')
}

function printTtl(ms: number): string {
  let seconds = Math.round(ms / 1000)
  let text = ''
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(seconds / length)
    seconds -= count * length
    if (count > 0) text += `${count}${unit}`
  }
  return text
}

/** The line of a rule. */
export function printRule(rule: Rule): string {
  const { action } = rule
  const detail =
    action.kind === 'deny' && action.errno !== 'EPERM'
      ? `:${action.errno}`
      : action.kind === 'kill' && action.signal !== 'SIGKILL'
        ? `:${action.signal.slice(3)}`
        : ''
  const parts =
    action.kind === 'quota'
      ? ['quota', printSize(action.bytes) + (action.inodes === null ? '' : `,${action.inodes}`), quotedPath(rule.object.text)]
      : [action.kind + detail, printOps(rule.ops), printObject(rule.object)]
  if (action.kind === 'quota' && action.warnPercent !== QUOTA_WARN_PERCENT) parts.push('warn', `${action.warnPercent}%`)
  if (rule.conditions.length > 0) parts.push('by', ...rule.conditions.map(printCondition))
  if (rule.ttlMs !== null) parts.push('for', printTtl(rule.ttlMs))
  return parts.join(' ')
}
