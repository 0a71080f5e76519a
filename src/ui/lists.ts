/** The lists that a number or Tab picks, in the order of their numbers. */
export const LISTS = ['processes', 'files', 'directories', 'events'] as const
export type List = (typeof LISTS)[number]
