/** What rules cannot do on this kernel, known before one is armed: from what was tried when watching began. No program is loaded for it. */
import { kernelText, SETTING_BYTES } from '../kernel/bounded-read.ts'
import type { GuardWay } from '../kernel/guard/ways.ts'
import type { Refusal, Way } from '../kernel/plan.ts'
import type { Rule } from '../rules/rule.ts'

/** How the kernel is watched, and the ways that it refused. */
export interface Watching {
  way: Way
  refusals: readonly Refusal[]
}

type Kind = Rule['action']['kind']

/** Is the kernel locked down? Then it refuses tracing and LSM programs with EPERM. */
function isLockedDown(): boolean {
  return /\[(integrity|confidentiality)\]/.test(kernelText('/sys/kernel/security/lockdown', SETTING_BYTES) ?? '')
}

/** The refusal's reason in parentheses, short. Where securityfs is not mounted, EPERM alone does not tell lockdown from other limits. */
function reasonOf({ why }: Refusal, isLocked: () => boolean): string {
  const code = /\((E[A-Z]+)\)$/.exec(why)?.[1]
  if (code === 'EPERM') return isLocked() ? 'EPERM, kernel lockdown' : 'EPERM: kernel lockdown, or its configuration'
  return why.replace(/^\w+: /, '')
}

/**
 * Why rules of a kind cannot be enforced, the end of a sentence; null: they can, as far as is known. fentry, fmod_ret and LSM programs are
 * refused together (lockdown, no BTF trampolines), so that fentry, which watching tries first, tells of all three. `ways`: those that
 * --enforce leaves.
 */
export function inabilityOf(kind: Kind, { refusals }: Watching, ways: readonly GuardWay[], isLocked = isLockedDown): string | null {
  const [tracing, kprobes] = (['fentry', 'kprobe'] as const).map((way) => refusals.find((refusal) => refusal.way === way))
  const isPossible = (way: GuardWay) => (way === 'signal' ? true : way === 'override' ? !kprobes : !tracing)
  const refused = tracing ? `LSM and fmod_ret programs are refused (${reasonOf(tracing, isLocked)})` : ''
  if (kind === 'quota') return refused === '' ? null : `${refused}, and quotas need them`
  const left = ways.filter(isPossible)
  const needsRefusal = kind === 'deny' || kind === 'ask'
  if (left.some((way) => !needsRefusal || way !== 'signal')) return null
  const bySignal = left.includes('signal') ? '; kill, freeze and audit work by signal' : ''
  return `${refused === '' ? `--enforce ${ways.join(', ')} refuses no call` : refused}${bySignal}`
}
