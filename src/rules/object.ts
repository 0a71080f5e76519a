/** The object of a rule: a file, a tree, a base name, a suffix. */
import { encodeBytes } from '../text/bytes.ts'
import type { RuleObject } from './rule.ts'
import { Trouble, type Word } from './words.ts'

/** NAME_MAX, PATH_MAX less its NUL, and the longest suffix the kernel side compares. */
const [NAME_BYTES, PATH_BYTES, SUFFIX_BYTES] = [255, 4095, 31]

const FORMS = 'a rule names one file (/etc/hosts), a tree (/srv/app/**), a name (**/secret.key) or an end of names (**/*.log)'

/** Are there * or ? in `text` before quoted text begins? In quotes they are plain characters. */
function hasGlob(word: Word, from: number, to: number): number {
  for (let i = from; i < to; i++) if (/[*?[]/.test(word.text[i] as string) && (word.quotedFrom < 0 || i < word.quotedFrom)) return i
  return -1
}

function base(word: Word): RuleObject {
  const { text, column } = word
  const name = text.slice(3)
  if (name.includes('/')) throw new Trouble(`a name has no / in it: ${FORMS}`, column + 3)
  if (name.startsWith('*') && word.quotedFrom !== 3) {
    const suffix = name.slice(1)
    if (suffix === '') throw new Trouble('**/* is every file there is: name an end (**/*.log) or a tree', column)
    if (hasGlob(word, 4, text.length) >= 0) throw new Trouble(FORMS, column + 4)
    if (encodeBytes(suffix).length > SUFFIX_BYTES) throw new Trouble(`an end of names has at most ${SUFFIX_BYTES} bytes`, column + 4)
    return { kind: 'suffix', text: suffix }
  }
  if (name === '' || name === '.' || name === '..') throw new Trouble('a name is wanted after **/', column + 3)
  if (hasGlob(word, 3, text.length) >= 0) throw new Trouble(FORMS, column + 3)
  if (encodeBytes(name).length > NAME_BYTES) throw new Trouble(`a name has at most ${NAME_BYTES} bytes`, column + 3)
  return { kind: 'name', text: name }
}

/** Throws Trouble. */
export function parseObject(word: Word): RuleObject {
  const { column } = word
  if (word.text.startsWith('**/') && word.quotedFrom !== 0) return base(word)
  if (!word.text.startsWith('/')) throw new Trouble(`write the whole path, from / on: ${FORMS}`, column)
  const tree = word.text.endsWith('/**') && word.lastQuotedFrom <= word.text.length - 3
  const path = tree ? word.text.slice(0, -3) : word.text
  const glob = hasGlob(word, 0, path.length)
  if (glob >= 0) throw new Trouble(FORMS, column + glob)
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Trouble('.. is not followed: a symbolic link before it could lead elsewhere; write the path it means', column)
  if (parts.some((part) => encodeBytes(part).length > NAME_BYTES)) throw new Trouble(`a name in a path has at most ${NAME_BYTES} bytes`, column)
  const text = `/${parts.join('/')}`
  if (encodeBytes(text).length > PATH_BYTES) throw new Trouble(`a path has at most ${PATH_BYTES} bytes`, column)
  return { kind: tree ? 'tree' : 'file', text }
}
