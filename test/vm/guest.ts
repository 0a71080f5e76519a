/** Runs a command on another kernel: a throw-away QEMU guest (emulated, no KVM needed) that sees this machine's files and changes none. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BootName, cached, type Kernel, kernel } from './kernels.ts'

const here = dirname(fileURLToPath(import.meta.url))
const project = resolve(here, '../..')

export interface GuestOptions {
  kernel: BootName
  /** run by /bin/sh's exec in this process's working folder, as root */
  command: string[]
  /** give it this process's terminal */
  tty?: boolean
  /** one CPU whose clock counts instructions: 1 ns is 1 instruction, the same in every run */
  icount?: boolean
  /** a folder of this machine that the guest may write, at the same path */
  writable?: string
  /** more for the kernel's command line, e.g. 'lsm=bpf' */
  append?: string
  /** default 300 */
  timeoutSeconds?: number
  env?: Record<string, string>
}

export interface GuestResult {
  /** the command's; 124 after a time-out, 125 when the guest died */
  status: number
  stdout: Buffer
  stderr: Buffer
  /** the kernel's console */
  console: string
}

const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console']

/** Files of modules in the order they must be loaded. */
function moduleFiles({ folder, release }: Kernel): string[] {
  const files = new Set<string>()
  for (const module of MODULES) {
    try {
      const lines = execFileSync('modprobe', ['-d', folder, '-S', release, '--show-depends', module], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      for (const [, file] of lines.matchAll(/^insmod (\S+)/gm)) files.add(file as string)
    } catch {
      // Built in.
    }
  }
  return [...files]
}

function cpio(folder: string): Buffer {
  const names = execFileSync('find', ['.'], { cwd: folder })
  const bytes = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: folder, input: names, maxBuffer: 1 << 28 })
  // Archives may follow each other, each padded.
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

/** busybox, the modules and init, packed once per kernel. */
function initramfs(boot: Kernel): string {
  const script = join(here, 'init.sh')
  const name = `initramfs-${boot.release}.cpio`
  const file = cached(name, true, (target) => packInitramfs(boot, script, target))
  return statSync(file).mtimeMs >= statSync(script).mtimeMs ? file : cached(name, false, (target) => packInitramfs(boot, script, target))
}

function packInitramfs(boot: Kernel, script: string, target: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    for (const sub of ['bin', 'modules', 'proc', 'sys', 'dev']) mkdirSync(join(folder, sub))
    copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
    copyFileSync(script, join(folder, 'init'))
    chmodSync(join(folder, 'init'), 0o755)
    for (const [i, file] of moduleFiles(boot).entries()) {
      const to = join(folder, 'modules', `${100 + i}-${basename(file).replace(/\.(xz|zst)$/, '')}`)
      if (/\.(xz|zst)$/.test(file)) writeFileSync(to, execFileSync(file.endsWith('.xz') ? 'xz' : 'zstd', ['-qdc', file], { maxBuffer: 1 << 28 }))
      else copyFileSync(file, to)
    }
    writeFileSync(target, cpio(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** A command that runs these one after the other in one guest, whatever becomes of them. Its status is that of the last one that failed. */
export function inTurn(commands: readonly string[][]): string[] {
  const lines = commands.map((command) => `${command.map(quote).join(' ')} || status=$?`)
  return ['sh', '-c', ['status=0', ...lines, 'exit $status'].join('\n')]
}

/** Writes the job's folder: what the guest is to do, packed behind the initramfs. */
function writeJob(job: string, boot: Kernel, options: GuestOptions): void {
  const files = join(job, 'files/job')
  mkdirSync(files, { recursive: true })
  const settings = {
    PROJECT: project,
    MODULES: join(boot.folder, 'lib/modules', boot.release),
    WRITABLE: options.writable ? resolve(options.writable) : '',
    TTY: options.tty ? '1' : '0',
    ROWS: String(process.stdout.rows ?? 24),
    COLUMNS: String(process.stdout.columns ?? 80),
  }
  writeFileSync(
    join(files, 'settings'),
    Object.entries(settings)
      .map(([name, value]) => `${name}=${quote(value)}\n`)
      .join(''),
  )
  const env = {
    HOME: '/root',
    LANG: 'C.UTF-8',
    TERM: process.env.TERM ?? 'xterm-256color',
    PATH: `/run/guest/bin:${project}/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    GUEST: options.kernel,
    // A guest sees the home of whoever starts it: what that one set is taken there, or left, as here.
    ...(process.env.XDG_CONFIG_HOME ? { XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME } : {}),
    ...options.env,
  }
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`)
  writeFileSync(join(files, 'go'), `${lines.join('\n')}\ncd ${quote(process.cwd())} 2>/dev/null || cd /\nexec ${options.command.map(quote).join(' ')}\n`)
  writeFileSync(join(job, 'initrd'), Buffer.concat([readFileSync(initramfs(boot)), cpio(join(job, 'files'))]))
  for (const name of ['stdout', 'stderr', 'status', 'console']) writeFileSync(join(job, name), '')
}

function qemuArguments(job: string, boot: Kernel, options: GuestOptions): string[] {
  const port = (name: string) => ['-chardev', `file,id=${name},path=${join(job, name)}`, '-device', `virtserialport,bus=ports.0,chardev=${name},name=${name}`]
  const share = (id: string, path: string, more: string) => [
    '-fsdev',
    `local,id=${id},path=${path},security_model=none,multidevs=remap${more}`,
    '-device',
    `virtio-9p-pci,fsdev=${id},mount_tag=${id}`,
  ]
  // One CPU: with two, this emulator can lose an instruction that the kernel patches while it runs (an int3 oops under BPF and
  // tracepoints), and with icount they hang. Without -erms it does not store byte by byte.
  const speed = options.icount ? ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off'] : ['-accel', 'tcg,thread=multi']
  const quiet = 'console=ttyS0 quiet loglevel=4 panic=-1 oops=panic mitigations=off nokaslr tsc=reliable no_timer_check random.trust_cpu=on'
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-machine', 'pc', '-cpu', 'max,-erms', '-m', '2G'],
    ...speed,
    ...['-smp', '1'],
    ...['-kernel', boot.vmlinux, '-initrd', join(job, 'initrd'), '-append', `${quiet} ${options.append ?? ''}`],
    ...['-serial', `file:${join(job, 'console')}`, '-device', 'virtio-serial-pci,id=ports'],
    ...share('host', '/', ',readonly=on'),
    ...(options.writable ? share('writable', resolve(options.writable), '') : []),
    ...port('status'),
    ...(options.tty ? ['-chardev', 'stdio,id=tty,signal=off', '-device', 'virtconsole,bus=ports.0,chardev=tty'] : [...port('stdout'), ...port('stderr')]),
  ]
}

function finished(child: ChildProcess, seconds: number): Promise<boolean> {
  return new Promise((done, fail) => {
    let inTime = true
    const timer = setTimeout(() => {
      inTime = false
      child.kill('SIGKILL')
    }, seconds * 1000)
    child.once('error', fail)
    child.once('exit', () => {
      clearTimeout(timer)
      done(inTime)
    })
  })
}

/** Debian packages that a guest needs, by the program that is looked for. */
const NEEDED: Record<string, string> = {
  '/usr/bin/qemu-system-x86_64': 'qemu-system-x86',
  '/bin/busybox': 'busybox-static',
  '/usr/bin/cpio': 'cpio',
  '/sbin/depmod': 'kmod',
  '/usr/bin/xz': 'xz-utils',
  '/usr/bin/zstd': 'zstd',
}

/** Throws a sentence with the one apt line where something is missing. */
export function requirePrograms(): void {
  const missing = Object.entries(NEEDED).filter(([path]) => !existsSync(path))
  if (missing.length > 0)
    throw new Error(`a guest needs programs that are not installed: apt-get install --no-install-recommends ${missing.map(([, name]) => name).join(' ')}`)
}

/** Boots, runs, powers off. Takes 3 to 6 s and the command's own time, some ten times what it takes here. */
export async function runGuest(options: GuestOptions): Promise<GuestResult> {
  requirePrograms()
  const boot = kernel(options.kernel)
  const job = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    writeJob(job, boot, options)
    // The guest must not outlive us, even if we are killed.
    const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments(job, boot, options)], {
      stdio: options.tty ? ['inherit', 'inherit', 'inherit'] : ['ignore', 'ignore', 'inherit'],
    })
    const inTime = await finished(qemu, options.timeoutSeconds ?? 300)
    const text = readFileSync(join(job, 'status'), 'utf8').trim()
    return {
      status: text !== '' ? Number(text) : inTime ? 125 : 124,
      stdout: readFileSync(join(job, 'stdout')),
      stderr: readFileSync(join(job, 'stderr')),
      console: readFileSync(join(job, 'console'), 'utf8'),
    }
  } finally {
    rmSync(job, { recursive: true, force: true })
  }
}
