/** Values of unknown origin made into values of a known type, or refused: what is not asked for is left behind. */

/** What is wrong with a recording, as the end of a sentence: "batch.counters[2].opens is not a whole number from 0 to 9". */
export class Malformed extends Error {
  readonly #reason: string
  readonly #where: string

  /** @param where the value it is about, '' for the whole; neither may hold text from the recording: it is shown as it is. */
  constructor(reason: string, where = '') {
    super(where === '' ? reason : `${where} ${reason}`)
    this.#reason = reason
    this.#where = where
  }

  /** The same trouble, told from one level further out. */
  within(step: string): Malformed {
    const between = this.#where === '' || this.#where.startsWith('[') ? '' : '.'
    return new Malformed(this.#reason, step + between + this.#where)
  }
}

/** Gives back the value, of its type; throws Malformed. */
export type Read<T> = (value: unknown) => T

function further(error: unknown, step: string): unknown {
  return error instanceof Malformed ? error.within(step) : error
}

/** A whole number. Beyond 2^53 every number is one; the bounds keep sums finite. */
export function whole(least: number, most: number): Read<number> {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new Malformed(`is not a whole number from ${least} to ${most}`)
  }
}

/** A text of at most that many UTF-16 units. */
export function text(most: number): Read<string> {
  return (value) => {
    if (typeof value === 'string' && value.length <= most) return value
    throw new Malformed(`is not a text of at most ${most} characters`)
  }
}

/** A text of that form; the form bounds its length. `example` is told where it is none. */
export function textLike(form: RegExp, example: string): Read<string> {
  return (value) => {
    if (typeof value === 'string' && form.test(value)) return value
    throw new Malformed(`is not of the form ${example}`)
  }
}

/** One of these texts. */
export function oneOf<T extends string>(...known: readonly T[]): Read<T> {
  return (value) => {
    const found = known.find((one) => one === value)
    if (found === undefined) throw new Malformed(`is none of ${known.join(', ')}`)
    return found
  }
}

/** `true`, or nothing. */
export const mark: Read<true | undefined> = (value) => {
  if (value === undefined || value === null) return undefined
  if (value === true) return true
  throw new Malformed('is neither true nor left out')
}

/** Nothing where there is none, as in recordings of before it was known. */
export function ifThere<T>(read: Read<T>): Read<T | undefined> {
  return (value) => (value === undefined || value === null ? undefined : read(value))
}

/** null where there is none. */
export function orNull<T>(read: Read<T>): Read<T | null> {
  return (value) => (value === undefined || value === null ? null : read(value))
}

/** A list of at most `most` such values. */
export function listOf<T>(read: Read<T>, most = Number.POSITIVE_INFINITY): Read<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new Malformed('is not a list')
    if (value.length > most) throw new Malformed(`has more than ${most} entries`)
    let at = 0
    try {
      const out: T[] = []
      for (; at < value.length; at++) out.push(read(value[at]))
      return out
    } catch (error) {
      throw further(error, `[${at}]`)
    }
  }
}

function entriesOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed('is not an object')
  return value as Record<string, unknown>
}

/** An object with these fields, in this order; whatever else it has is dropped. */
export function shape<T extends object>(fields: { [K in keyof T]-?: Read<T[K]> }): Read<T> {
  const readers = Object.entries(fields) as [string, Read<unknown>][]
  return (value) => {
    const given = entriesOf(value)
    const out: Record<string, unknown> = {}
    let name = ''
    try {
      for (const [key, read] of readers) {
        name = key
        const got = read(Object.hasOwn(given, key) ? given[key] : undefined)
        if (got !== undefined) out[key] = got
      }
    } catch (error) {
      throw further(error, name)
    }
    return out as T
  }
}

/** An object whose keys are numbers below 2^32. */
export function byNumber<T>(read: Read<T>): Read<Record<number, T>> {
  return (value) => {
    const out: Record<number, T> = {}
    for (const [key, one] of Object.entries(entriesOf(value))) {
      if (!/^\d{1,10}$/.test(key)) throw new Malformed('has a key that is no number')
      try {
        out[Number(key)] = read(one)
      } catch (error) {
        throw further(error, `[${key}]`)
      }
    }
    return out
  }
}
