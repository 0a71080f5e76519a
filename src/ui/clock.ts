/** The time of day as the screen shows it. */

/** 'HH:MM:SS' in UTC. */
export function clock(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19)
}
