/** Real work, as shell scripts whose output is the same in each run: versions, databases, packages, archives, a login. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { empty } from './semantics.ts'

/** Each begins in an empty folder of its own. What is printed is the result: contents, never times. */
const SCRIPTS: Record<string, string> = {
  git: `
    git init -q -b main repo; cd repo
    for i in 1 2 3 4 5; do seq $i 500 > f$i; git add .; git commit -qm "commit $i"; done
    git checkout -q -b side HEAD~2; echo side > side; git add side; git commit -qm side; git rebase -q main
    git checkout -q main; git merge -q --no-edit side; git gc -q; git fsck --strict 2>/dev/null
    git clone -q . ../clone; git clone -q --bare "file://$PWD" ../bare; cd ../clone; git mv f1 g1; git stash -q; git stash pop -q
    git commit -qam moved; git push -q ../bare main; git -C ../bare log --format='%H %s' main; git status --short; sha1sum *`,
  sqlite3: `
    sqlite3 db 'pragma journal_mode=wal; create table t(a integer primary key, b)'
    for i in 1 2 3; do
      sqlite3 -cmd '.timeout 60000' db "with recursive n(x) as (select 1 union all select x + 1 from n where x < 300) insert into t(b) select $i * x from n" &
    done; wait
    sqlite3 db 'select count(*), sum(b) from t; delete from t where b % 2; pragma wal_checkpoint(truncate); vacuum; pragma integrity_check; select count(*) from t'
    sqlite3 db '.backup copy'; sqlite3 copy 'select b from t order by b' | sha1sum`,
  archives: `
    mkdir -p tree/a/b; for i in $(seq 60); do echo $i > tree/a/f$i; done; dd if=/dev/zero of=tree/a/b/big bs=64k count=16 conv=fsync 2>/dev/null
    ln tree/a/f1 tree/a/b/hard; ln -s ../f2 tree/a/b/soft; mkfifo tree/fifo; chmod 6755 tree/a/f3; chown 65534:1234 tree/a/f4
    tar --xattrs -cf tree.tar tree; mkdir out; tar --xattrs -xpf tree.tar -C out; cp -a tree copy; cp --reflink=auto -r tree/a again
    rsync -aHAX --delete tree/ synced/; echo more >> tree/a/f5; rsync -aHAX --inplace --delete tree/ synced/
    diff -r --no-dereference tree/a synced/a; diff -r tree/a copy/a || true; gzip -9 tree.tar; gzip -t tree.tar.gz
    find out synced copy again -printf '%P %y %m %n %U:%G %l\\n' | sort; sed -i s/1/one/ out/tree/a/f1; cat out/tree/a/b/hard; rm -r copy out`,
  npm: `
    mkdir lib app; echo 'module.exports = 42' > lib/index.js
    echo '{"name":"lib","version":"1.0.0","main":"index.js","license":"MIT"}' > lib/package.json
    (cd lib; npm pack --silent --offline); mv lib/*.tgz .
    echo 'console.log(require("lib"))' > app/index.js
    echo '{"name":"app","version":"1.0.0","license":"MIT","scripts":{"it":"node . > it"},"dependencies":{"lib":"file:../lib-1.0.0.tgz"}}' > app/package.json
    cd app; npm install --silent --offline --no-audit --no-fund; rm -r node_modules; npm ci --silent --offline --no-audit --no-fund
    npm run --silent it; cat it package-lock.json node_modules/lib/index.js`,
  packages: `
    mkdir -p elsewhere/DEBIAN elsewhere/usr/share/elsewhere elsewhere/etc; echo data > elsewhere/usr/share/elsewhere/data; echo set > elsewhere/etc/elsewhere.conf
    printf 'Package: elsewhere\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody <nobody@localhost>\\nDescription: nothing\\n' > elsewhere/DEBIAN/control
    echo /etc/elsewhere.conf > elsewhere/DEBIAN/conffiles
    printf '#!/bin/sh\\necho "$1" > /var/lib/elsewhere\\n' > elsewhere/DEBIAN/postinst; chmod 755 elsewhere/DEBIAN/postinst
    dpkg-deb --root-owner-group -b elsewhere one.deb >/dev/null; sed -i 's/Version: 1/Version: 2/' elsewhere/DEBIAN/control; echo data2 > elsewhere/usr/share/elsewhere/data
    dpkg-deb --root-owner-group -b elsewhere two.deb >/dev/null
    dpkg -i one.deb >/dev/null; cat /var/lib/elsewhere /usr/share/elsewhere/data
    mkdir -p lists/partial; apt-get -qq -o Dir::State::lists=$PWD/lists -o Dir::Cache=$PWD -o APT::Sandbox::User=root install ./two.deb >/dev/null 2>&1
    cat /etc/elsewhere.conf /usr/share/elsewhere/data; dpkg -s elsewhere | grep -E 'Status|Version'; dpkg -P elsewhere >/dev/null; ls /etc/elsewhere.conf /usr/share/elsewhere 2>&1 | wc -l`,
  login: `
    mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f user; cp user.pub keys
    /usr/sbin/sshd -p 2222 -f /dev/null -h $PWD/host -o PidFile=$PWD/pid -o AuthorizedKeysFile=$PWD/keys -o StrictModes=no -o PermitRootLogin=yes -o 'Subsystem=sftp internal-sftp' -E $PWD/log
    for i in 1 2; do
      ssh -p 2222 -i user -o HashKnownHosts=no -o UserKnownHostsFile=$PWD/known -o StrictHostKeyChecking=no -o LogLevel=ERROR root@127.0.0.1 "cd $PWD; echo ok $i >> file; cat file; id -un" || { cat log >&2; exit 9; }
    done
    scp -q -P 2222 -i user -o UserKnownHostsFile=$PWD/known root@127.0.0.1:$PWD/file fetched; kill $(cat pid); cut -d' ' -f1,2 known; cat fetched`,
}

/** What one piece of work came to. */
export interface Outcome {
  /** exit status, or the signal it died of */
  status: number | string | null
  /** to be compared */
  output: string
  /** for people */
  errors: string
}

/** Does what is named (all of it by default) in `folder`, which is empty before and after. */
export function workIn(folder: string, names: readonly string[] = Object.keys(SCRIPTS)): Record<string, Outcome> {
  const outcomes: Record<string, Outcome> = {}
  for (const [name, script] of Object.entries(SCRIPTS).filter(([name]) => names.includes(name))) {
    const own = join(folder, name)
    const home = join(folder, `${name}-home`)
    mkdirSync(own)
    mkdirSync(home)
    const who = { name: 'nobody', email: 'nobody@localhost', date: '2024-01-01T00:00:00Z' }
    const env = {
      ...process.env,
      ...{ HOME: home, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', npm_config_update_notifier: 'false', npm_config_userconfig: join(home, 'npmrc') },
      ...{ GIT_AUTHOR_NAME: who.name, GIT_AUTHOR_EMAIL: who.email, GIT_AUTHOR_DATE: who.date },
      ...{ GIT_COMMITTER_NAME: who.name, GIT_COMMITTER_EMAIL: who.email, GIT_COMMITTER_DATE: who.date, GIT_CONFIG_NOSYSTEM: '1' },
    }
    const began = Date.now()
    const { status, signal, stdout, stderr } = spawnSync('sh', ['-ec', script], {
      ...{ cwd: own, env, encoding: 'utf8', timeout: 900_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] },
    })
    console.error(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`)
    outcomes[name] = { status: signal ?? status, output: stdout, errors: stderr }
    empty(folder)
  }
  return outcomes
}
