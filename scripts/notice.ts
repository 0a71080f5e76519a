// What prebuilds/ holds of others, and the NOTICE that says so: which version, under which licence, with their copyright notices.
import { readFileSync } from 'node:fs'
import { run } from './build.ts'

/** A shared library that is shipped beside the addon. */
export interface Library {
  /** its soname */
  file: string
  /** the Debian package it is copied from */
  debian: string
  licence: string
  /** it needs another of these itself */
  needsOthers: boolean
}

/** All shipped libraries. */
export const LIBRARIES: Library[] = [
  { file: 'libbpf.so.1', debian: 'libbpf1', licence: 'LGPL-2.1-only OR BSD-2-Clause; used under BSD-2-Clause', needsOthers: true },
  { file: 'libelf.so.1', debian: 'libelf1', licence: 'GPL-2.0-or-later OR LGPL-3.0-or-later; used under LGPL-3.0-or-later', needsOthers: true },
  { file: 'libz.so.1', debian: 'zlib1g', licence: 'Zlib', needsOthers: false },
]

/** Licences whose full text must be handed on (libelf: the LGPL 3 adds to the GPL 3). */
export const LICENCES = ['LGPL-3', 'GPL-3']

function packageVersion(name: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own syntax
  return run('dpkg-query', ['-W', '-f', '${Version}', name])
}

function copyright(name: string): string {
  return readFileSync(`/usr/share/doc/${name}/copyright`, 'utf8').trimEnd()
}

/** The NOTICE's text. `compilers`: a line for each. */
export function notice(compilers: string[]): string {
  const addonApi = JSON.parse(readFileSync(new URL('../node_modules/node-addon-api/package.json', import.meta.url), 'utf8')) as { version: string }
  return [
    'These files were built from the sources of fswatch-tui (MIT; the BPF objects: GPL-2.0-or-later OR BSD-2-Clause). They hold or come with:',
    '',
    ...LIBRARIES.map(({ file, debian, licence }) => `- ${file}: Debian package ${debian} ${packageVersion(debian)} (${licence})`),
    `- in the addon: node-addon-api ${addonApi.version} (MIT)`,
    "- in the addon: parts of GCC's libstdc++ (GPL-3.0-or-later with the GCC Runtime Library Exception 3.1)",
    '',
    'The libraries are as Debian built them, but for the run path of libbpf.so.1 and libelf.so.1, which makes them find their neighbours.',
    "Their sources are Debian's source packages of the versions above. Any of them may be replaced by another build of the same soname.",
    '',
    ...compilers.map((compiler) => `Compiled by: ${compiler}`),
    '',
    ...LIBRARIES.flatMap(({ file, debian }) => [`${'='.repeat(20)} copyright notices of ${file} ${'='.repeat(20)}`, '', copyright(debian), '']),
    `${'='.repeat(20)} copyright notice of node-addon-api ${'='.repeat(20)}`,
    '',
    readFileSync(new URL('../node_modules/node-addon-api/LICENSE.md', import.meta.url), 'utf8').trimEnd(),
    '',
  ].join('\n')
}

/** Reads versions back out of a NOTICE. */
export function noticed(text: string): { packages: Map<string, string>; compilers: string } {
  const packages = new Map([...text.matchAll(/^- \S+: Debian package (\S+) (\S+)/gm)].map(([, name = '', version = '']) => [name, version]))
  return { packages, compilers: [...text.matchAll(/^Compiled by: (.*)$/gm)].map(([, compiler]) => compiler).join(', ') }
}
