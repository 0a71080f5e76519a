/** Debian's archive, by this machine's own mirrors. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Values of a field in a deb822 stanza, folded lines included. */
function field(stanza: string, name: string): string[] {
  const match = new RegExp(`^${name}:((?:.*)(?:\\n[ \\t]+.*)*)`, 'im').exec(stanza)
  return match?.[1]?.trim().split(/\s+/) ?? []
}

/** This machine's own Debian mirrors: the one of the main archive and the one of security updates. */
export function mirrors(folder = '/etc/apt'): { main: string; security: string } {
  const found: { uri: string; suites: string[] }[] = []
  const files = [
    join(folder, 'sources.list'),
    ...(existsSync(join(folder, 'sources.list.d')) ? readdirSync(join(folder, 'sources.list.d')).map((name) => join(folder, 'sources.list.d', name)) : []),
  ]
  for (const file of files.filter((name) => existsSync(name))) {
    const text = readFileSync(file, 'utf8').replace(/^\s*#.*\n?/gm, '')
    if (file.endsWith('.sources')) {
      for (const stanza of text.split(/\n\s*\n/)) for (const uri of field(stanza, 'URIs')) found.push({ uri, suites: field(stanza, 'Suites') })
    } else if (file.endsWith('.list')) {
      for (const [, uri, suite] of text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s/gm)) found.push({ uri: uri as string, suites: [suite as string] })
    }
  }
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable'
  const main = found.find(({ suites }) => suites.includes(codename))
  if (!main) throw new Error(`no Debian mirror for ${codename} among apt's sources: the kernels for the guests come from there`)
  const security = found.find(({ suites }) => suites.includes(`${codename}-security`))
  return { main: main.uri, security: security?.uri ?? main.uri.replace(/\/debian\/?$/, '/debian-security') }
}

/** apt with sources and folders of its own, so that any suite can be asked. Its signatures are checked. */
export class Apt {
  readonly #options: string[]
  constructor(folder: string, suites: readonly string[]) {
    const { main, security } = mirrors()
    for (const sub of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, sub), { recursive: true })
    const sources = suites.map((suite) => `deb [signed-by=${KEYRING}] ${suite.endsWith('-security') ? security : main} ${suite} main`)
    writeFileSync(join(folder, 'sources.list'), `${sources.join('\n')}\n`)
    const settings = {
      'Dir::Etc::sourcelist': join(folder, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::Lists': join(folder, 'lists'),
      'Dir::Cache': folder,
      'APT::Default-Release': '',
      'APT::Sandbox::User': 'root',
    }
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  }

  run(tool: 'apt-get' | 'apt-cache', args: string[], cwd?: string): string {
    return execFileSync(tool, [...this.#options, '-qq', ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** Packages a package depends on whose names match. */
  depends(name: string, pattern: RegExp): string[] {
    return [...new Set(this.run('apt-cache', ['depends', name]).match(/(?<=Depends: )\S+/g) ?? [])].filter((dependency) => pattern.test(dependency))
  }
}
