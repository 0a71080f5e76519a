# For `npm start` and `npm run guest`, which read this file: brings a fresh clone to life with whatever npm and Node are there. When all is
# up to date it costs two `find`s. No C compiler is needed: the addon and the BPF objects are in prebuilds/. `here` is the clone.
node=$here/node_modules/.bin/node # the Node the program was made for; the one in PATH may be too old
bundle=$here/dist/fswatch-tui.js

say() { echo "fswatch-tui: $*" >&2; }

# The first of these files, or of the files below these folders, that is younger than $1; nothing where none is, or $1 itself where it is missing.
younger() {
	mark=$1
	shift
	if [ -e "$mark" ]; then find "$@" -newer "$mark" 2>/dev/null | head -n 1; else echo "$mark"; fi
}

# What root makes in another user's clone should be that user's, who could not change or delete it otherwise.
give_back() {
	[ "$(id -u)" = 0 ] || return 0
	owner=$(stat -c %u:%g "$here")
	[ "$owner" = 0:0 ] || chown -R "$owner" "$@"
}

# Installs and bundles what is missing or old. Leaves the script with a sentence where that cannot be.
set_up() {
	cd "$here"
	if [ ! -x "$node" ] || [ -n "$(younger node_modules/.package-lock.json package-lock.json)" ]; then
		say 'installing dependencies, once'
		# npm follows its reason with pages of usage: the reason will do.
		if ! why=$(npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1); then
			printf '%s\n' "$why" | head -n 5 >&2
			say 'npm could not install the dependencies, for the reason above; this one time it needs the package registry'
			exit 1
		fi
		# npm leaves the file alone where nothing changed; it is the mark for the next start.
		touch node_modules/.package-lock.json
		give_back node_modules
	fi
	if [ -n "$(younger "$bundle" src scripts/build.ts package-lock.json)" ]; then
		if ! "$node" scripts/build.ts js >&2; then
			say 'the program could not be bundled: the reason is above'
			exit 1
		fi
		give_back dist
	fi
}
