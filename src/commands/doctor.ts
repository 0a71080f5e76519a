/** `fswatch-tui doctor`: what this kernel can do, tried rather than guessed. */
import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { type Addon, bpfObjectPath, guardObjectPath, loadAddon, quotaObjectPath } from '../kernel/addon.ts'
import { kernelText, SETTING_BYTES } from '../kernel/bounded-read.ts'
import { probeGuard } from '../kernel/guard/ladder.ts'
import { newSecrets } from '../kernel/guard/name-hash.ts'
import { OtherPrograms } from '../kernel/guard/other-programs.ts'
import { GUARD_WAYS, planWay } from '../kernel/guard/ways.ts'
import { pidNamespaceTrouble } from '../kernel/pid-namespace.ts'
import { planFor, probeWay, WAYS } from '../kernel/plan.ts'
import { Quotas } from '../kernel/quota/quotas.ts'
import type { OtherProgram } from '../rules/control.ts'
import { othersSentences } from '../rules/others.ts'
import { keptSentenceNow } from './release.ts'
import { printLine } from './standard-output.ts'
import { printTable } from './table.ts'

function readLine(path: string): string | null {
  return kernelText(path, SETTING_BYTES)?.trim() ?? null
}

/** Each way to stop a call is tried on a private file; where calls cannot be refused, on a child of ours. */
async function brake(addon: Addon): Promise<void> {
  const tried = GUARD_WAYS.map((way) => ({ way, refused: probeGuard(addon, guardObjectPath(), way, newSecrets()) }))
  const best = tried.find(({ refused }) => refused === null)?.way
  await printTable(
    tried.map(({ way, refused }) => ({
      'to stop by': way,
      works: refused === null ? (way === best ? 'yes, and is used' : 'yes') : `no: ${refused.why}`,
    })),
  )
  if (!best) printLine('Rules cannot be enforced on this kernel.')
  else for (const sentence of planWay(addon, best).missing) printLine(`- ${sentence}`)
}

/** Can quotas be kept here? A sentence. `open` tries it on a directory of its own, and what it gives is closed at once. */
export function quotaSentence(open: () => { close(): void }): string {
  try {
    open().close()
    return 'Quotas can be kept, by fmod_ret.'
  } catch (error) {
    const { message } = error as Error
    return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
  }
}

/** Prints the other BPF programs that can refuse the calls that rules and quotas are about, if there are any. */
function printOthers(others: readonly OtherProgram[]): void {
  for (const sentence of othersSentences(others)) printLine(`- ${sentence}`)
}

/** What stops: rules, and quotas. */
async function stopping(addon: Addon): Promise<void> {
  printOthers(await new OtherPrograms(addon).find())
  await brake(addon)
  const kept = await keptSentenceNow()
  if (kept !== null) printLine(`R${kept.slice(1)}.`)
  printLine(quotaSentence(() => Quotas.open(addon, quotaObjectPath())))
}

/** Prints; returns 0 where at least one way works, else 1. */
export async function doctor(): Promise<number> {
  const addon = loadAddon()
  const path = bpfObjectPath()
  const lsm = readLine('/sys/kernel/security/lsm')
  await printTable([
    { what: 'kernel', found: release() },
    { what: 'root', found: process.getuid?.() === 0 ? 'yes' : 'no' },
    { what: 'type information (BTF)', found: existsSync('/sys/kernel/btf/vmlinux') ? 'yes' : 'no: nothing can be attached' },
    { what: 'lockdown', found: readLine('/sys/kernel/security/lockdown') ?? 'unknown (securityfs is not mounted)' },
    { what: 'BPF among the active LSMs', found: lsm === null ? 'unknown (securityfs is not mounted)' : lsm.split(',').includes('bpf') ? 'yes' : `no (${lsm})` },
    { what: 'libbpf', found: addon.libbpfVersion() },
  ])
  const trouble = pidNamespaceTrouble()
  if (trouble !== null) {
    printLine(`Nothing more was tried: ${trouble}.`)
    return 1
  }
  const refusals = WAYS.map((way) => ({ way, refusal: probeWay(way, addon, path) }))
  const best = refusals.find(({ refusal }) => refusal === null)?.way
  if (!best && process.getuid?.() !== 0) {
    printLine('What this kernel can do cannot be tried: it takes BPF programs from root only (or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE). Use sudo.')
    return 1
  }
  await printTable(
    refusals.map(({ way, refusal }) => ({
      'to watch by': way,
      works: refusal === null ? (way === best ? 'yes, and is used' : 'yes') : `no: ${refusal.why.replace(/^\w+: /, '')}`,
    })),
  )
  if (!best) {
    await stopping(addon)
    return 1
  }
  const object = new addon.Object(path)
  try {
    const { limits, programs } = planFor(best, addon, object)
    printLine(`${best}: ${programs.length} programs would be attached.`)
    for (const limit of limits) printLine(`- ${limit}`)
  } finally {
    object.close()
  }
  await stopping(addon)
  return 0
}
