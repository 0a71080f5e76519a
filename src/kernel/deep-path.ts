/** Directories whose path is too long for one system call: they are reached by the descriptor of a directory on the way. */
import { close, open } from 'node:fs'

/** Bytes of a path beyond which a directory is opened, and the way goes on from there: PATH_MAX is 4,096. */
const LONG_PATH = 3_000

/** O_PATH | O_DIRECTORY | O_NOFOLLOW: opens a name without opening what it names. */
const OPEN_DIRECTORY = 0o10000000 | 0o200000 | 0o400000

/** A descriptor, open as long as something below it is to be looked at. */
class Base {
  readonly fd: number
  #uses = 0

  constructor(fd: number) {
    this.fd = fd
  }

  use(): this {
    this.#uses++
    return this
  }

  done(): void {
    if (--this.#uses === 0) close(this.fd, () => {})
  }
}

const SLASH = Buffer.from('/')

/** A directory to be looked at. It holds what leads to it until done(). */
export class DeepPath {
  /** what system calls are given: absolute, and at most some 3,300 bytes long */
  readonly path: Buffer
  readonly #base: Base | null

  private constructor(path: Buffer, base: Base | null) {
    this.path = path
    this.#base = base
  }

  static of(path: Buffer): DeepPath {
    return new DeepPath(path, null)
  }

  /** Does `path` say where it is? Else it begins at a descriptor of this process. */
  get isWhole(): boolean {
    return this.#base === null
  }

  /** The path of a name in it, for use until done(). */
  name(name: Buffer): Buffer {
    return Buffer.concat(this.path.equals(SLASH) ? [this.path, name] : [this.path, SLASH, name])
  }

  /** A directory in it, to be looked at later: that one has to be done() as well. */
  child(name: Buffer): DeepPath {
    return new DeepPath(this.name(name), this.#base?.use() ?? null)
  }

  /** The same directory by a shorter path; takes the place of this one. Rejects as open(2) fails. */
  async shortened(): Promise<DeepPath> {
    if (this.path.length < LONG_PATH) return this
    const fd = await new Promise<number>((resolve, reject) => open(this.path, OPEN_DIRECTORY, (error, opened) => (error ? reject(error) : resolve(opened))))
    const base = new Base(fd).use()
    this.done()
    return new DeepPath(Buffer.from(`/proc/self/fd/${fd}`), base)
  }

  done(): void {
    this.#base?.done()
  }
}
