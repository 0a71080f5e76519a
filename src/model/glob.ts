/**
 * Path patterns: '*' within one component, '**' across, '?' one character that is no slash. All ways to read the stars are followed
 * at once, a bit for each place in the pattern, so that none takes longer than its length times the path's. A regular expression
 * tries them one after the other: three stars and a long name are minutes.
 */

const SLASH = 0x2f
/** Tokens that are no code point. */
const [ONE, STAR, ACROSS] = [-1, -2, -3]

function tokensOf(pattern: string): number[] {
  const tokens: number[] = []
  for (const [part] of pattern.matchAll(/\*\*|./gsu)) {
    const token = part === '**' ? ACROSS : part === '*' ? STAR : part === '?' ? ONE : (part.codePointAt(0) as number)
    // '***' is '**': the steps below rely on no star coming right behind another.
    if (token !== STAR || tokens.at(-1) !== ACROSS) {
      if (token !== ACROSS || tokens.at(-1) !== ACROSS) tokens.push(token)
    }
  }
  return tokens
}

/** A bit for each place: bit n is set where token n is one of those. One place more than tokens: the end. */
function placesOf(tokens: readonly number[], is: (token: number) => boolean): Int32Array {
  const bits = new Int32Array((tokens.length >>> 5) + 1)
  for (const [at, token] of tokens.entries()) if (is(token)) bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31))
  return bits
}

/** Does the whole of a path match? A pattern that does not begin with a slash may begin behind any. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const relative = !pattern.startsWith('/')
  const tokens = relative ? [ACROSS, SLASH, ...tokensOf(pattern)] : tokensOf(pattern)
  const stars = placesOf(tokens, (token) => token === STAR || token === ACROSS)
  const across = placesOf(tokens, (token) => token === ACROSS)
  /** which tokens a character takes one further, for those the pattern names, and the others */
  const named = new Map([SLASH, ...tokens].map((code) => [code, placesOf(tokens, (token) => token === code || (token === ONE && code !== SLASH))]))
  const others = placesOf(tokens, (token) => token === ONE)
  const [last, end] = [tokens.length >>> 5, 1 << (tokens.length & 31)]
  const endless = tokens.at(-1) === ACROSS
  const reached = new Int32Array(stars.length)

  /** Takes one character with each place that is reached; whether any is left. */
  function step(further: Int32Array, stay: Int32Array): boolean {
    let [movedOver, starOver, any] = [0, 0, 0]
    for (let i = 0; i < reached.length; i++) {
      const before = reached[i] as number
      const moved = before & (further[i] as number)
      const now = (moved << 1) | movedOver | (before & (stay[i] as number))
      // A star may stand for nothing: who is before one is behind it too.
      const star = now & (stars[i] as number)
      const after = now | (star << 1) | starOver
      movedOver = moved >>> 31
      starOver = star >>> 31
      reached[i] = after
      any |= after
    }
    return any !== 0
  }

  const first = 1 | (relative ? 0b100 : 0)
  const start = first | ((first & (stars[0] as number)) << 1)
  return (path) => {
    reached.fill(0)
    reached[0] = start
    for (let i = 0; i < path.length; i++) {
      if (endless && (reached[last] as number) & end) return true
      const code = path.codePointAt(i) as number
      if (code > 0xffff) i++
      if (!step(named.get(code) ?? others, code === SLASH ? across : stars)) return false
    }
    return ((reached[last] as number) & end) !== 0
  }
}
