/** Times as they are shown: in local time (by TZ), or in UTC where the user asked for that. */

let isUtc = false

/** Shows all times in UTC from now on, or in local time again. */
export function showUtc(on: boolean): void {
  isUtc = on
}

/** Minutes that the zone is ahead of UTC at a time: a time in summer may be another than one in winter. */
function aheadMinutes(timeMs: number): number {
  return isUtc ? 0 : -new Date(timeMs).getTimezoneOffset()
}

/** 'YYYY-MM-DDTHH:MM:SS.mmmZ', in the zone though it ends with Z. */
function inZone(timeMs: number): string {
  return new Date(timeMs + aheadMinutes(timeMs) * 60_000).toISOString()
}

/** 'HH:MM:SS'. */
export function timeOfDay(timeMs: number): string {
  return inZone(timeMs).slice(11, 19)
}

/** 'HH:MM:SS.mmm'. */
export function exactTimeOfDay(timeMs: number): string {
  return inZone(timeMs).slice(11, 23)
}

/** 'YYYY-MM-DD'. */
export function dateOf(timeMs: number): string {
  return inZone(timeMs).slice(0, 10)
}

/** The zone of a shown time: 'UTC', or how far it is ahead of that: '+02:00'. */
export function zoneOf(timeMs: number): string {
  const ahead = aheadMinutes(timeMs)
  if (ahead === 0) return 'UTC'
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60]
  return `${ahead < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}
