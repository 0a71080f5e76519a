/** File systems that another machine or a program serves. fuseblk is not among them: a program serves it, from a disk of this machine. */

const REMOTE = /^(nfs4?|cifs|smb3|9p|virtiofs|ceph|afs|lustre|gpfs|beegfs|glusterfs|pvfs2|fuse(\..*)?)$/

/** Is a file system of that type (as mountinfo names it) served from elsewhere? A call may take long, or for ever. */
export function isRemote(fstype: string): boolean {
  return REMOTE.test(fstype)
}
