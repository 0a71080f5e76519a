/** What lies below a directory, counted by other programs than ours. */
import { execFileSync } from 'node:child_process'

/** Sizes in whole blocks of all regular files, and how many inodes; a file of several names once. */
export function countedBelow(dir: string): { bytes: number; inodes: number } {
  const script = `find . -mindepth 1 -printf '%i %y %s\\n' | sort -u | awk '{ n++; if ($2 == "f") s += int(($3 + 4095) / 4096) * 4096 } END { printf "%d %d", s, n }'`
  const [bytes = 0, inodes = 0] = execFileSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8' }).split(' ').map(Number)
  return { bytes, inodes }
}

/** Bytes by du: blocks in use, those of directories too. */
export function duBelow(dir: string): number {
  return Number.parseInt(execFileSync('du', ['-s', '--block-size=1', '.'], { cwd: dir, encoding: 'utf8' }), 10)
}
