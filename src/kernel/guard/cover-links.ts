/** Files of a rule's tree that have further names become part of what the rule covers, as they are found. */
import type { Anchored } from './anchors.ts'
import type { Inode } from './bytes.ts'
import { searchHardLinks } from './hard-links.ts'
import type { Inodes } from './inodes.ts'

/** Files anchored for one rule. */
const RULE_FILES = 30_000

/** ms between two additions of files that were found. */
const ADD_MS = 300

/** After so many files it is asked again how many more there is room for. */
const ROOM_EVERY = 64

export interface CoverOptions {
  signal: AbortSignal
  /** told how many directory entries have been looked at */
  onSearched: (entries: number) => void
  inodes: Pick<Inodes, 'find'>
  /** how many more files can be anchored */
  room: () => number
  /** has the kernel cover these as well; they are among the anchors already */
  add: (files: Inode[]) => Promise<void>
}

const exact = (count: number) => count.toLocaleString('en-US')

/** Searches where `anchored` says. Returns what is left out, a sentence each. Rejects with the signal's reason. */
export async function coverLinks(tree: string, anchored: Anchored, { signal, onSearched, inodes, room, add }: CoverOptions): Promise<string[]> {
  const known = new Set<string>()
  let fresh: Inode[] = []
  let [left, lost, addedMs, roomLeft] = [0, 0, performance.now(), room()]
  let adding: Promise<void> = Promise.resolve()
  const addFresh = () => {
    const files = fresh
    fresh = []
    addedMs = performance.now()
    anchored.anchoring = { ...anchored.anchoring, files: [...anchored.anchoring.files, ...files] }
    return add(files)
  }
  const isRoom = () => {
    if (known.size % ROOM_EVERY === 0) roomLeft = room() - fresh.length
    return known.size < RULE_FILES && roomLeft-- > 0
  }
  const end = await searchHardLinks(anchored.search, {
    signal,
    isMountPoint: (path) => anchored.mountPoints.has(path),
    onLinked: (path, stats) => {
      const id = `${stats.dev}:${stats.ino}`
      // Each of its names is found.
      if (known.has(id)) return
      if (!isRoom()) {
        left++
        return
      }
      known.add(id)
      try {
        const found = inodes.find(path, false)
        if (found) fresh.push(found.inode)
      } catch {
        lost++
      }
    },
    onProgress: (entries) => {
      onSearched(entries)
      if (fresh.length === 0 || performance.now() - addedMs < ADD_MS) return
      adding = adding.then(addFresh)
      // Awaited below, unless the search is ended first.
      adding.catch(() => {})
    },
  })
  await adding
  if (fresh.length > 0) await addFresh()
  onSearched(end.looked)
  const notes: string[] = []
  const say = (sentence: string) => void notes.push(`${tree === '/' ? '' : tree}/**: ${sentence}`)
  if (left > 0)
    say(
      `${exact(known.size)} files with several names are covered by each of them; ${exact(left)} more names were found, whose files are covered inside the tree only`,
    )
  if (lost > 0) say(`${exact(lost)} files with several names could not be looked up, and are covered inside the tree only`)
  if (end.unread > 0)
    say(
      `${exact(end.unread)} files and directories were not looked at in the search for hard links made before the rule (${end.example}): their files are covered inside the tree only`,
    )
  return notes
}
