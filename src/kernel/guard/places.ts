/** Where each hook's arguments lie on this kernel: they moved between kernels, and differ between an LSM hook and its security_* caller. */
import type { Addon, KernelFunction } from '../addon.ts'
import { guardHook, hookPlaces } from './layout.gen.ts'

/** Hooks are programs of their own, or change the result of the functions that ask them. */
export type HookWay = 'lsm' | 'fmod_ret'

interface Hook {
  /** the LSM hook, and the end of both programs' names */
  name: string
  /** the function that asks it */
  function: string
  index: number
  /** finds the first argument the guard looks at */
  first: RegExp
  /** finds the second: by type, or by name with '=' before it */
  second?: RegExp
  /** a kernel without it has another hook for the same, or nothing to protect from */
  optional?: true
  /** how many arguments its program takes for granted, the first one being the first it looks at */
  arguments?: number
}

const FILE = /^(const )?struct file \*$/
const DENTRY = /^(const )?struct dentry \*$/
const PATH = /^(const )?struct path \*$/

/** In the order of enum guard_hook. */
export const HOOKS: Hook[] = [
  { name: 'file_open', function: 'security_file_open', index: guardHook.HOOK_FILE_OPEN, first: FILE },
  { name: 'file_permission', function: 'security_file_permission', index: guardHook.HOOK_FILE_PERMISSION, first: FILE, arguments: 2 },
  { name: 'path_truncate', function: 'security_path_truncate', index: guardHook.HOOK_PATH_TRUNCATE, first: PATH },
  { name: 'file_truncate', function: 'security_file_truncate', index: guardHook.HOOK_FILE_TRUNCATE, first: FILE, optional: true },
  { name: 'inode_setattr', function: 'security_inode_setattr', index: guardHook.HOOK_INODE_SETATTR, first: DENTRY, second: /struct iattr \*/ },
  { name: 'inode_create', function: 'security_inode_create', index: guardHook.HOOK_INODE_CREATE, first: DENTRY },
  { name: 'inode_mknod', function: 'security_inode_mknod', index: guardHook.HOOK_INODE_MKNOD, first: DENTRY },
  { name: 'inode_mkdir', function: 'security_inode_mkdir', index: guardHook.HOOK_INODE_MKDIR, first: DENTRY },
  { name: 'inode_symlink', function: 'security_inode_symlink', index: guardHook.HOOK_INODE_SYMLINK, first: DENTRY },
  { name: 'inode_link', function: 'security_inode_link', index: guardHook.HOOK_INODE_LINK, first: DENTRY, second: DENTRY },
  { name: 'inode_unlink', function: 'security_inode_unlink', index: guardHook.HOOK_INODE_UNLINK, first: DENTRY },
  { name: 'inode_rmdir', function: 'security_inode_rmdir', index: guardHook.HOOK_INODE_RMDIR, first: DENTRY },
  { name: 'inode_rename', function: 'security_inode_rename', index: guardHook.HOOK_INODE_RENAME, first: DENTRY, second: DENTRY },
  { name: 'inode_setxattr', function: 'security_inode_setxattr', index: guardHook.HOOK_INODE_SETXATTR, first: DENTRY },
  { name: 'inode_removexattr', function: 'security_inode_removexattr', index: guardHook.HOOK_INODE_REMOVEXATTR, first: DENTRY },
  { name: 'inode_set_acl', function: 'security_inode_set_acl', index: guardHook.HOOK_INODE_SET_ACL, first: DENTRY, optional: true },
  { name: 'inode_remove_acl', function: 'security_inode_remove_acl', index: guardHook.HOOK_INODE_REMOVE_ACL, first: DENTRY, optional: true },
  { name: 'inode_file_setattr', function: 'security_inode_file_setattr', index: guardHook.HOOK_INODE_FILE_SETATTR, first: DENTRY, optional: true },
  { name: 'mmap_file', function: 'security_mmap_file', index: guardHook.HOOK_MMAP_FILE, first: FILE, second: /=prot$/ },
  { name: 'file_mprotect', function: 'security_file_mprotect', index: guardHook.HOOK_FILE_MPROTECT, first: /struct vm_area_struct \*/ },
  { name: 'file_ioctl', function: 'security_file_ioctl', index: guardHook.HOOK_FILE_IOCTL, first: FILE },
  { name: 'file_ioctl_compat', function: 'security_file_ioctl_compat', index: guardHook.HOOK_FILE_IOCTL_COMPAT, first: FILE, optional: true },
  { name: 'file_receive', function: 'security_file_receive', index: guardHook.HOOK_FILE_RECEIVE, first: FILE },
  { name: 'sb_mount', function: 'security_sb_mount', index: guardHook.HOOK_SB_MOUNT, first: PATH },
  { name: 'move_mount', function: 'security_move_mount', index: guardHook.HOOK_MOVE_MOUNT, first: PATH, second: PATH },
  { name: 'bprm_check_security', function: 'security_bprm_check', index: guardHook.HOOK_BPRM_CHECK, first: /struct linux_binprm \*/ },
]

/** The kernel function a hook's program is attached to, or null where this kernel has none. */
function functionOf(addon: Addon, hook: Hook, way: HookWay): KernelFunction | null {
  return addon.kernelFunction(way === 'lsm' ? `bpf_lsm_${hook.name}` : hook.function)
}

function placeOf(known: KernelFunction, pattern: RegExp | undefined, from: 'first' | 'last'): number {
  if (!pattern) return 0
  const fits = (param: KernelFunction['params'][number]) => pattern.test(param.type) || pattern.test(`=${param.name}`)
  return from === 'first' ? known.params.findIndex(fits) : known.params.findLastIndex(fits)
}

export interface HookPlan {
  /** BPF programs to load */
  programs: string[]
  /** the `places` table */
  places: Uint8Array
  /** hooks this kernel should have and has not, a sentence each */
  missing: string[]
}

/** Reads the places out of the kernel's BTF. */
export function planHooks(addon: Addon, way: HookWay): HookPlan {
  const places = new Uint8Array(guardHook.HOOK_COUNT * hookPlaces.size)
  const programs: string[] = []
  const missing: string[] = []
  for (const hook of HOOKS) {
    const known = functionOf(addon, hook, way)
    const first = known ? placeOf(known, hook.first, 'first') : -1
    const second = known ? placeOf(known, hook.second, 'last') : -1
    const moved = hook.arguments !== undefined && (first !== 0 || known?.params.length !== hook.arguments)
    if (!known || first < 0 || second < 0 || moved) {
      if (!hook.optional || known) missing.push(`${hook.name}: ${known ? 'its arguments are not as they were' : 'this kernel has no such hook'}`)
      continue
    }
    const at = hook.index * hookPlaces.size
    places[at + hookPlaces.dentry] = first
    places[at + hookPlaces.second] = second
    places[at + hookPlaces.arguments] = known.params.length
    programs.push(`${way}_${hook.name}`)
  }
  return { programs, places, missing }
}
