/** The same text in memory of its own: V8 keeps a part of a longer text (slice, split, a match) as a reference to all of it. */
export function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
