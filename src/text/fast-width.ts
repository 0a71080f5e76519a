/** What others in the bundle (Ink) measure texts by: string-width, but for texts that need no looking at, which are nearly all of a frame. */
import stringWidth, { type Options } from 'string-width'
import { isSimple } from './width.ts'

/** Cells of a text, as string-width has them. */
export default function fastWidth(text: string, options?: Options): number {
  return options === undefined && typeof text === 'string' && isSimple(text) ? text.length : stringWidth(text, options)
}
