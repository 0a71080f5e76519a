/**
 * What Ink puts its texts on before it writes them, in the bundle. Ink's own takes each text apart into characters with their styles, puts them
 * on a grid of 12,000 cells, and takes that apart again for each frame. A screen of rows, each of them one text from the first column on, needs
 * none of that: what is written is the text. Whatever is not so simple goes to Ink's own.
 */
import Output from '../../node_modules/ink/build/output.js'
import { isSimple } from '../text/width.ts'

/** What is done to a line before it is written: looks are put in. */
type Transformer = (line: string, index: number) => string
type Clip = Parameters<Output['clip']>[0]

interface Write {
  x: number
  y: number
  text: string
  transformers: Transformer[]
}

export default class FastOutput {
  readonly width: number
  readonly height: number
  readonly #writes: Write[] = []
  /** Ink's own, once there is something that only that can do */
  #own: Output | null = null

  constructor({ width, height }: { width: number; height: number }) {
    this.width = width
    this.height = height
  }

  write(x: number, y: number, text: string, { transformers }: { transformers: Transformer[] }): void {
    if (text === '') return
    if (this.#own) this.#own.write(x, y, text, { transformers })
    else this.#writes.push({ x, y, text, transformers })
  }

  clip(clip: Clip): void {
    this.#toOwn().clip(clip)
  }

  unclip(): void {
    this.#toOwn().unclip()
  }

  #toOwn(): Output {
    if (this.#own) return this.#own
    this.#own = new Output({ width: this.width, height: this.height })
    for (const { x, y, text, transformers } of this.#writes) this.#own.write(x, y, text, { transformers })
    return this.#own
  }

  get(): { output: string; height: number } {
    return this.#own?.get() ?? this.#rows() ?? this.#toOwn().get()
  }

  /** Null where they are not rows of their own. */
  #rows(): { output: string; height: number } | null {
    const rows = new Array<string>(this.height).fill('')
    for (const { x, y, text, transformers } of this.#writes) {
      if (x !== 0 || rows[y] !== '' || text.includes('\n')) return null
      rows[y] = isSimple(text) && text.length <= this.width ? transformed(text, transformers).trimEnd() : this.#row(text, transformers)
    }
    return { output: rows.join('\n'), height: this.height }
  }

  /** A row as Ink has it. */
  #row(text: string, transformers: Transformer[]): string {
    const own = new Output({ width: this.width, height: 1 })
    own.write(0, 0, text, { transformers })
    return own.get().output
  }
}

function transformed(text: string, transformers: Transformer[]): string {
  return transformers.reduce((line, transformer) => transformer(line, 0), text)
}
