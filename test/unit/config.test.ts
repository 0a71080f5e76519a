/** The config file's text: what it sets, and where and how it is wrong. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'smol-toml'
import { parseConfig, SETTING_NAMES } from '../../src/commands/config.ts'
import { placesOf } from '../../src/commands/config-places.ts'
import { settled } from '../../src/commands/settings.ts'
import { PROCESS_COLUMNS } from '../../src/model/sort.ts'
import { actionFor } from '../../src/ui/keys.ts'
import { namesIn } from '../../src/ui/remap.ts'

const parsed = (text: string) => parseConfig(text, (path) => path !== '/missing')
/** The mistakes as `line:column message`. */
const wrong = (text: string) => parsed(text).mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`)

describe('a config file', () => {
  it('sets what the flags of the same names do', () => {
    const { settings, mistakes } = parsed(`
interval = 2
sort = 'pid'
filter = 'user:root'
columns = ['pid', 'comm', 'file']
theme = 'light'
ascii = true
screen-reader = false
protect = ['sshd', '/usr/bin/ssh']
bell = true
ask-timeout = '1m'
quota-recount = '1h'
on-exit = 'keep:5m'
mapped = 'kill'
`)
    assert.deepEqual(mistakes, [])
    assert.deepEqual(settings, {
      ...{ interval: 2, sort: 'pid', filter: 'user:root', columns: ['pid', 'comm', 'file'], theme: 'light', ascii: true, screenReader: false },
      ...{ protect: ['sshd', '/usr/bin/ssh'], bell: true, askTimeout: '1m', quotaRecount: '1h', onExit: 'keep:5m', mapped: 'kill' },
    })
  })

  it('may give keys', () => {
    const { settings, mistakes } = parsed(`[keys.table]\nquit = 'Q'\nkill = ['X', 'Ctrl-K']`)
    assert.deepEqual(mistakes, [])
    assert.deepEqual(actionFor('table', 'X', {} as never, settings.keys), { do: 'rule', action: 'kill' })
  })

  it('may give columns to each view, and names to filters', () => {
    const { settings, mistakes } = parsed(`[columns]\nprocesses = ['comm']\nfiles-groups = ['name', 'bytes']\n[filters]\n'big ones' = 'bytes>1M'`)
    assert.deepEqual(mistakes, [])
    assert.deepEqual(settings, {
      ...{ columns: ['comm'], viewColumns: { 'files-groups': ['name', 'bytes'] } },
      ...{ filters: [{ name: 'big ones', text: 'bytes>1M' }] },
    })
  })

  it('may be empty', () => {
    for (const text of ['', '\n', '# nothing', '\ufeff# a mark']) assert.deepEqual(parsed(text), { settings: {}, mistakes: [] })
  })

  it('is told its mistakes, each with its place', () => {
    for (const [text, ...mistakes] of [
      ['sort = ', '1:8 invalid value'],
      ['sort = "pid"\nsort = "user"', '2:1 trying to redefine an already defined table or value'],
      ['intervall = 2', '1:1 there is no setting intervall (did you mean interval?)'],
      ['\n\n  ask_timeout = "3s"', '3:3 there is no setting ask_timeout (did you mean ask-timeout?)'],
      ['nonsense = 2', '1:1 there is no setting nonsense'],
      ['interval = "2"', "1:1 interval wants a number, not '2'"],
      ['interval = 0.01', '1:1 interval 0.01: seconds from 0.1 to 3600'],
      ['interval = nan', '1:1 interval NaN: seconds from 0.1 to 3600'],
      ['sort = "byte"', '1:1 sort byte: choose pid, user, container, comm, opens, writes, bytes, reads, errors, total, files, file (did you mean bytes?)'],
      ['sort = 1979-05-27', "1:1 sort wants a text in quotes ('…'), not a date"],
      ['filter = "pid:x"', '1:1 filter pid:x: at character 5: pid: wants a number, with + for its descendants: pid:4711 or pid:4711+'],
      ['columns = ["pid", "pid"]', '1:1 columns: pid is there twice'],
      ['columns = []', '1:1 columns: at least one of pid, user, container, comm, opens, writes, bytes, reads, errors, total, files, file, history'],
      ['columns = "pid"', "1:1 columns wants a list of texts (['…', '…']), not 'pid'"],
      ['columns = ["pid", 1]', "1:1 columns wants a list of texts (['…', '…']), not a list of other things"],
      [
        '[columns]\nfiles = ["pid"]',
        '2:1 columns.files pid: choose opens, writes, bytes, reads, errors, total, writers, readers, processes, process, history, path',
      ],
      [
        '[columns]\nfile = []',
        '2:1 columns.file is no view: there are processes, files, directories, events, processes-groups, files-groups, processes-tree (did you mean files?)',
      ],
      ['[columns]\nfiles = 3', "2:1 columns.files wants a list of texts (['…', '…']), not 3"],
      ['filters = 3', "1:1 filters wants a table: [filters], and below it lines such as big = 'bytes>1M', not 3"],
      ['[filters]\na = "comm:x"\nb = "comm:"', '3:1 filters.b comm:: at character 6: comm: wants a value right behind the colon'],
      ['theme = "drak"', '1:1 theme drak: choose auto, dark, light, mono (did you mean dark?)'],
      ['bell = "yes"', "1:1 bell wants true or false, not 'yes'"],
      ['protect = ["pid=x"]', '1:1 protect pid=x: pid= takes the number of a process: pid=4711'],
      ['protect = ["/missing"]', '1:1 protect /missing: there is no such program'],
      ['mapped = "stop"', '1:1 mapped stop: choose freeze, kill, report'],
      ['mapped = true', "1:1 mapped wants a text in quotes ('…'), not true"],
      ['ask-timeout = "2d"', '1:1 ask-timeout 2d: from 1s to 24h, such as 30s or 2m'],
      ['sort = "pid"\n[keys.table]\nquti = "Q"', '3:1 keys.table has no quti (did you mean quit?)'],
      ['[keys.tabel]\nquit = "Q"', '1:1 keys.tabel is no table of keys: there are table, sort, rules, asks, quotas, help (did you mean table?)'],
      ['keys = 3', '1:1 keys wants tables such as [keys.table], not 3'],
      ['[keys.table]\nquit = 3', "2:1 keys.table.quit wants a key such as 'Q', or a list of them, not 3"],
      ['[keys.table]\npause = "p"\nquit = "x"', '3:1 keys.table.quit: x means kill already: give that another key too'],
      [
        'columns = [\n  "pid",\n  "comm",\n]\n # [x]\nbel = true\nsort = 1',
        '6:1 there is no setting bel (did you mean bell?)',
        "7:1 sort wants a text in quotes ('…'), not 1",
      ],
      ['sort = "pid"\r\n\r\nbel = true\r\n', '3:1 there is no setting bel (did you mean bell?)'],
      ['filter = """\nbel = 1\n"""\nbel = true', '4:1 there is no setting bel (did you mean bell?)'],
    ] as [string, ...string[]][])
      assert.deepEqual(wrong(text), mistakes, text)
  })

  it('keeps what is right beside what is wrong: above all who is protected', () => {
    const { settings, mistakes } = parsed('protect = ["sshd"]\nintervall = 3\nsort = "pid"')
    assert.equal(mistakes.length, 1)
    assert.deepEqual(settings, { protect: ['sshd'], sort: 'pid' })
  })

  it('never brings the program down, whatever is in it', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '=',
      '"',
      "'",
      '\n',
      'keys',
      '.table',
      'quit',
      'sort',
      'interval',
      '1',
      '{',
      '}',
      ',',
      '#',
      '\\',
      '"""',
      '__proto__',
      'constructor',
      ' ',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(text, (toml) => {
        for (const { line, column, message } of parsed(toml).mistakes) {
          assert.ok(line >= 1 && line <= toml.split('\n').length && column >= 1, `${line}:${column}`)
          assert.notEqual(message, '')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('gives back what was written into it', () => {
    const time = fc.tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom('', 's', 'm')).map(([n, unit]) => `${n}${unit}`)
    const file = fc.record(
      {
        ...{ interval: fc.double({ min: 0.1, max: 3600, noNaN: true }), sort: fc.constantFrom(...PROCESS_COLUMNS), bell: fc.boolean(), ascii: fc.boolean() },
        ...{ columns: fc.uniqueArray(fc.constantFrom(...PROCESS_COLUMNS), { minLength: 1 }), theme: fc.constantFrom('auto', 'dark', 'light', 'mono') },
        ...{
          protect: fc.array(fc.string({ minLength: 1, maxLength: 5 }).filter((name) => !/[/=\0]/.test(name))),
          'ask-timeout': time,
        },
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(file, (values) => {
        const { 'ask-timeout': askTimeout, ...rest } = values
        const { settings, mistakes } = parsed(stringify(values))
        assert.deepEqual(mistakes, [])
        assert.deepEqual(settings, { ...rest, ...(askTimeout === undefined ? {} : { askTimeout }) })
      }),
    )
  })
})

describe('places', () => {
  it('are those of the statements, whatever is between them', () => {
    const filler = fc.constantFrom('', '# x = 1', '  ', "other = '''\nx0 = 1\n[x1]\n'''", 'list = [\n  1, # ]\n  [2],\n]')
    fc.assert(
      fc.property(fc.array(fc.tuple(filler, fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 6 }), (parts) => {
        const lines: string[] = []
        const wanted: [string[], number, number][] = []
        for (const [i, [between, indent, inTable]] of parts.entries()) {
          if (inTable) {
            lines.push(`[t${i}]`)
            wanted.push([[`t${i}`], lines.length, 1])
          }
          lines.push(...between.replace(/^(other|list)/, `$1${i}`).split('\n'))
          const table = lines.findLast((line) => /^\[t\d+\]$/.test(line))?.slice(1, -1)
          lines.push(`${' '.repeat(indent)}x${i} = ${i}`)
          wanted.push([[...(table ? [table] : []), `x${i}`], lines.length, indent + 1])
        }
        const placeOf = placesOf(lines.join('\n'))
        for (const [path, line, column] of wanted) assert.deepEqual(placeOf(path), { line, column })
      }),
    )
  })
})

describe('places in the worst of files', () => {
  it('are given up, not looked for without end', () => {
    const lists = `columns = [\n${'[],\n'.repeat(16_000)}]\nbel = true`
    assert.deepEqual(wrong(lists), [
      "1:1 columns wants a list of texts (['…', '…']), not a list of other things",
      '1:1 there is no setting bel (did you mean bell?)',
    ])
  })
})

describe('flags and the file', () => {
  it('flags win, and who is protected adds up', () => {
    const flags = { interval: undefined, sort: 'user', bell: false, protect: ['b'], theme: undefined }
    const all = settled(flags, { interval: 3, sort: 'pid', bell: true, protect: ['a'], askTimeout: '1m' })
    assert.deepEqual(
      [all.interval, all.sort, all.bell, all.protect, all.theme, all.askTimeout, all.quotaRecount],
      [3, 'user', false, ['a', 'b'], 'auto', '1m', '10m'],
    )
  })
})

describe('the README', () => {
  it('has a whole file for an example, and every setting in its table', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    const [, example = ''] = /```toml\n([\s\S]*?)```/.exec(readme) ?? []
    assert.deepEqual(parsed(example).mistakes, [])
    for (const name of SETTING_NAMES) {
      assert.match(example, new RegExp(`^(${name} = |\\[${name}[.\\]])`, 'm'), `the example sets no ${name}`)
      assert.ok(readme.includes(`| \`${name}\``), `the table has no ${name}`)
    }
  })

  it('names every key of the tables and of the choice of an order', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    const [, names = ''] = /^(Keys have the names [\s\S]*?)\n\n/m.exec(readme) ?? []
    for (const name of [...namesIn('table'), ...namesIn('sort')]) assert.match(names, new RegExp(`\\b${name}\\b`), `the README names no ${name}`)
  })
})
