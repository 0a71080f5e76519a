/** Debian packages for guests alone: an sshd, an NFS server, stress-ng. Not installed on this machine, whose owner did not ask for them. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../vm/kernels.ts'

/** A package, and a program of it: where this machine has that, it has the package. */
const PROGRAMS = { 'openssh-server': '/usr/sbin/sshd', 'nfs-kernel-server': '/usr/sbin/rpc.nfsd', 'stress-ng': '/usr/bin/stress-ng' }

/** The files of a package and of what it needs that this machine lacks, fetched once. An empty list where it is installed. */
export function packagesOf(name: keyof typeof PROGRAMS): string[] {
  if (existsSync(PROGRAMS[name])) return []
  const folder = cached(name, true, (target) => {
    mkdirSync(join(target, 'partial'), { recursive: true })
    const options = ['-qq', '-y', '--no-install-recommends', '--download-only', '-o', `Dir::Cache::archives=${target}`, '-o', 'APT::Sandbox::User=root']
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    execFileSync('apt-get', [...options, 'install', name], { stdio: ['ignore', 'ignore', 'inherit'] })
  })
  return readdirSync(folder)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(folder, file))
}

/** In a guest: installs them, and starts nothing. */
export function installPackages(packages: string[]): void {
  if (packages.length === 0) return
  writeFileSync('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  execFileSync('dpkg', ['-i', ...packages], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

/** In a guest: unpacks them, and runs nothing of what they would do to be set up. (/lib is a link to a folder, and stays one.) */
export function unpackPackages(packages: string[]): void {
  for (const file of packages) {
    const input = execFileSync('dpkg-deb', ['--fsys-tarfile', file], { maxBuffer: 1 << 28 })
    execFileSync('tar', ['-x', '-C', '/', '--keep-directory-symlink'], { input, stdio: ['pipe', 'ignore', 'inherit'] })
  }
}
