/** The screen without a terminal: keys through the key table and the reducer, rows from a model, lines drawn. For tests. */
import type { Key } from 'ink'
import type { SourceInfo } from '../../src/batch/batch.ts'
import { Model } from '../../src/model/model.ts'
import type { Ask, RuleState } from '../../src/rules/control.ts'
import type { NowSeen } from '../../src/ui/asking.ts'
import { absence } from '../../src/ui/in-table.ts'
import { type Action, actionFor } from '../../src/ui/keys.ts'
import type { Line } from '../../src/ui/line.ts'
import { USUAL_LOOK } from '../../src/ui/look.ts'
import { resolved } from '../../src/ui/palette.ts'
import { actionAt } from '../../src/ui/pointing.ts'
import { previewFor } from '../../src/ui/preview.ts'
import { refinedQuota } from '../../src/ui/quota-guess.ts'
import { RowsMaker } from '../../src/ui/rows.ts'
import { drawScreen } from '../../src/ui/screen.ts'
import { around, type Stage, tableData } from '../../src/ui/stage.ts'
import { initialState, reduce, settle, type UiState } from '../../src/ui/state.ts'
import { settleRule } from '../../src/ui/typing.ts'
import type { PausedFor } from '../../src/ui/waiting.ts'

const NO_KEY: Key = {
  ...{ upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false, home: false, end: false },
  ...{ return: false, escape: false, ctrl: false, shift: false, tab: false, backspace: false, delete: false, meta: false },
  ...{ super: false, hyper: false, capsLock: false, numLock: false },
}

/** A key by a name of Ink's, 'shift+tab', or a character. */
export type Pressed = string

function report(pressed: Pressed): [string, Key] {
  const name = pressed.replace(/^shift\+/, '')
  if (!(name in NO_KEY)) return [pressed, { ...NO_KEY, shift: pressed !== pressed.toLowerCase() }]
  return ['', { ...NO_KEY, [name]: true, shift: pressed !== name }]
}

export class Driven {
  readonly model: Model
  state: UiState = initialState({ sort: 'bytes', filterText: '', kinds: 'files' })
  columns: number
  rows: number
  rules: RuleState[] = []
  asks: Ask[] = []
  toast: string | null = null
  look = USUAL_LOOK
  now: NowSeen | null = null
  hitPids: ReadonlySet<number> = new Set()
  /** what waits while the screen stands still, and who ended in it */
  paused: PausedFor | null = null
  hasEnded: (id: string) => boolean = () => false
  dangers: Stage['dangers']
  inability: Stage['inability']
  readonly #info: SourceInfo
  readonly #maker = new RowsMaker()

  constructor(info: SourceInfo, model = new Model(info), columns = 80, rows = 24) {
    this.#info = info
    this.model = model
    this.columns = columns
    this.rows = rows
  }

  /** What stands behind the screen. */
  stage(): Stage {
    const typed = settleRule(this.state, { refined: (line) => refinedQuota(line, this.now) })
    const preview = previewFor(typed, this.model, () => false, this.now)
    const { model, columns, rows, rules, asks, toast, look, now, paused, hasEnded } = this
    return {
      info: this.#info,
      model,
      maker: this.#maker,
      brake: this.#info.kind === 'live',
      preview,
      doing: null,
      toast,
      rules,
      asks,
      columns,
      rows,
      look,
      now,
      paused,
      hasEnded,
      ...(this.dangers && { dangers: this.dangers }),
      ...(this.inability && { inability: this.inability }),
    }
  }

  /** After a tick, or before the first key. */
  settle(): this {
    this.state = settle(this.state, around(this.stage(), this.state))
    return this
  }

  press(...keys: Pressed[]): this {
    for (const pressed of keys) {
      this.settle()
      const action = actionFor(this.state.mode, ...report(pressed))
      if (action) this.act(action)
    }
    return this
  }

  /** What is done of itself, and not by the reducer, is left out. */
  act(wanted: Action): this {
    const { state, action } = resolved(this.state, wanted, around(this.stage(), this.state))
    this.state = state
    this.toast = action && absence(state, action, around(this.stage(), state))
    if (action && this.toast === null) this.state = { ...reduce(state, action, around(this.stage(), state)), request: null, remember: null }
    return this.settle()
  }

  /** A click on the cell at `x` of line `y`, from 0. */
  click(x: number, y: number): this {
    const action = actionAt(this.settle().lines(), x, y)
    return action ? this.act(action) : this
  }

  lines(): Line[] {
    const stage = this.stage()
    return drawScreen(
      {
        ...stage,
        ...tableData(stage, this.state),
        ...{ state: this.state, notes: [], enforcement: { way: 'idle', why: [], skipped: 0 } },
        ...{ hitPids: this.hitPids, defaultAnswer: 'deny', nowMs: 0 },
      },
      this.columns,
      this.rows,
    )
  }

  /** The lines as text, without blanks at their ends. */
  texts(): string[] {
    this.settle()
    return this.lines().map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
  }

  /** The selected row, without its mark. */
  selected(): string {
    return (
      this.texts()
        .find((line, i) => i > 3 && line.startsWith('>'))
        ?.slice(1)
        .trim() ?? ''
    )
  }
}
