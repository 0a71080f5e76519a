/** File systems for quotas, mounted new in a guest. */
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { unpackPackages } from './packages.ts'

const MAKE: Record<string, string[]> = {
  ext4: ['mkfs.ext4', '-q', '-E', 'nodiscard'],
  btrfs: ['mkfs.btrfs', '-q', '-K'],
  xfs: ['mkfs.xfs', '-q', '-K', '-m', 'reflink=1'],
}

function modprobe(...names: string[]): void {
  for (const name of names) spawnSync('modprobe', [name])
}

function mountImage(type: string, point: string): void {
  const image = `/mnt/${type}.img`
  modprobe('loop', type)
  writeFileSync(image, '')
  truncateSync(image, 512 << 20)
  const [make = '', ...args] = MAKE[type] as string[]
  execFileSync(make, [...args, image], { stdio: 'ignore' })
  execFileSync('mount', ['-o', 'loop', image, point])
}

/** Where the server's files lie on the server itself. */
export const EXPORT = '/mnt/export'

/** Starts an NFS server for EXPORT on an ext4 of its own. Its packages are in NFS_SERVER, see packages.ts. */
export function startNfsServer(): void {
  unpackPackages((process.env.NFS_SERVER ?? '').split(' ').filter((path) => path !== ''))
  // Addresses are looked up all the time, and here is nobody to ask.
  writeFileSync('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\nrpc: files\n')
  modprobe('nfsd', 'nfs', 'nfsv4', 'nfsv3')
  for (const path of [EXPORT, '/run/rpcbind', '/run/rpc_pipefs', '/run/sendsigs.omit.d', '/var/lib/nfs/rpc_pipefs', '/var/lib/nfs/v4recovery'])
    mkdirSync(path, { recursive: true })
  mountImage('ext4', EXPORT)
  spawnSync('mount', ['-t', 'nfsd', 'nfsd', '/proc/fs/nfsd'])
  writeFileSync('/etc/exports', `${EXPORT} 127.0.0.1(rw,no_root_squash,insecure,no_subtree_check,fsid=0)\n`)
  for (const file of ['/var/lib/nfs/etab', '/var/lib/nfs/rmtab']) writeFileSync(file, '')
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  appendFileSync('/etc/passwd', '_rpc:x:106:65534::/run/rpcbind:/usr/sbin/nologin\nstatd:x:107:65534::/var/lib/nfs:/usr/sbin/nologin\n')
  run('ip', 'link', 'set', 'lo', 'up')
  run('rpcbind')
  run('rpc.mountd')
  run('exportfs', '-r')
  run('rpc.nfsd', '2')
  // Nobody has anything to reclaim: without this, files cannot be opened for 90 seconds.
  writeFileSync('/proc/fs/nfsd/v4_end_grace', 'Y')
}

/** Mounts the server's files at `point`, by NFS 3 or 4.2. */
export function mountNfs(version: 'nfs' | 'nfs3', point: string): void {
  mkdirSync(point, { recursive: true })
  const [options, from] = version === 'nfs' ? ['vers=4.2', '127.0.0.1:/'] : ['vers=3,nolock', `127.0.0.1:${EXPORT}`]
  execFileSync('mount', ['-t', 'nfs', '-o', options as string, from as string, point], { stdio: 'inherit' })
}

/** Mounts a file system, empty but for what it makes itself, and returns where. */
export function mountQuotaFs(type: string): string {
  const point = `/mnt/quota-${type}`
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1500M', 'tmpfs', '/mnt'])
  mkdirSync(point)
  if (type === 'tmpfs') execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', point])
  else if (type === 'overlay') {
    modprobe('overlay')
    for (const part of ['lower', 'upper', 'work']) mkdirSync(`/mnt/${part}`)
    execFileSync('mount', ['-t', 'overlay', '-o', 'lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work', 'overlay', point])
  } else if (type === 'nfs' || type === 'nfs3') {
    startNfsServer()
    mountNfs(type, point)
  } else if (type in MAKE) mountImage(type, point)
  else throw new Error(`${type}: choose tmpfs, overlay, nfs, nfs3, ${Object.keys(MAKE).join(', ')}`)
  return point
}
