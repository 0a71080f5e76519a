/** An sshd for guests: installed there and not on this machine, whose owner did not ask for one. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../vm/kernels.ts'

/** Debian's packages of it and of what it needs that this machine lacks, fetched once. An empty list where it has one. */
export function sshServerPackages(): string[] {
  if (existsSync('/usr/sbin/sshd')) return []
  const folder = cached('openssh-server', true, (target) => {
    mkdirSync(join(target, 'partial'), { recursive: true })
    const options = ['-qq', '-y', '--no-install-recommends', '--download-only', '-o', `Dir::Cache::archives=${target}`, '-o', 'APT::Sandbox::User=root']
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    execFileSync('apt-get', [...options, 'install', 'openssh-server'], { stdio: ['ignore', 'ignore', 'inherit'] })
  })
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(folder, name))
}

/** In a guest: installs them, and starts nothing. */
export function installSshServer(packages: string[]): void {
  if (packages.length === 0) return
  writeFileSync('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  execFileSync('dpkg', ['-i', ...packages], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}
