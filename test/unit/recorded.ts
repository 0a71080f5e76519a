/** The recording of real events as batches, for tests that need much of what really happens. */
import { fileURLToPath } from 'node:url'
import type { Batch, SourceInfo } from '../../src/batch/batch.ts'
import { Recording } from '../../src/recording/replay.ts'

/** All of it. */
export async function recorded(): Promise<{ info: SourceInfo; batches: Batch[] }> {
  const recording = await Recording.open(fileURLToPath(new URL('../recordings/demo.ndjson', import.meta.url)), 0)
  const batches: Batch[] = []
  for (let batch = await recording.next(); batch; batch = await recording.next()) batches.push(batch)
  await recording.close()
  return { info: recording.info, batches }
}
