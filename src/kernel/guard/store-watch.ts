/** The program that sees stores through shared mappings (bpf/guard_store.h): attached with the first rule about writes. */
import type { BpfError, BpfObject } from '../addon.ts'
import { u32Bytes } from './bytes.ts'
import { guardStore } from './layout.gen.ts'
import type { StoreProgram } from './ways.ts'

/** What deny and ask rules do about a store, which cannot be refused: `report` lets it pass. */
export const MAPPED_CHOICES = ['freeze', 'kill', 'report'] as const
export type MappedChoice = (typeof MAPPED_CHOICES)[number]

const STORE_OF: Record<MappedChoice, number> = {
  freeze: guardStore.STORE_STOPPED,
  kill: guardStore.STORE_KILLED,
  report: guardStore.STORE_PASSED,
}

export class StoreWatch {
  readonly #object: BpfObject
  readonly #store: StoreProgram
  #begun = false
  #failure: string | null = null

  constructor(object: BpfObject, store: StoreProgram) {
    this.#object = object
    this.#store = store
  }

  /** The BPF program's name. */
  get program(): string {
    return this.#store.program
  }

  /** Why stores cannot be seen on this kernel, the end of a sentence; null: they can, or it was not tried yet. */
  get failure(): string | null {
    return this.#failure
  }

  /** What deny and ask rules do from now on. */
  choose(choice: MappedChoice): void {
    this.#object.writeGlobal('mapped_stores', u32Bytes(STORE_OF[choice]))
  }

  /** Attaches it. Where that fails, `failure` says why. Safe to call again. */
  begin(): void {
    if (this.#begun) return
    this.#begun = true
    const { program, kernelFunction } = this.#store
    try {
      this.#object.attach(program, kernelFunction)
    } catch (error) {
      const { code, message } = error as BpfError
      this.#failure = `no program can be attached to ${kernelFunction ?? 'do_page_mkwrite'}() of this kernel (${code ?? message})`
    }
  }
}
