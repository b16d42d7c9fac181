# common.sh: what the tools share. Sourced by them, never run.
# shellcheck shell=bash

# The checkout.
# shellcheck disable=SC2034 # for those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# One line for the person at the terminal; standard output stays free for what a program reads.
say()
{
	printf 'jerry: %s\n' "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# usage FILE: print the comment at the top of a tool and stop.
usage()
{
	sed -n '2,/^[^#]/{ s/^# \{0,1\}//p }' "$1" >&2
	exit 2
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# as_user NAME COMMAND...: run a command as another user when we are root, and as ourselves otherwise.
as_user()
{
	local name=$1
	shift
	if is_root; then
		setpriv --reuid="$name" --regid="$(id -g "$name")" --clear-groups env HOME=/nonexistent "$@"
	else
		"$@"
	fi
}

# build TARGET|NAME=VALUE...: make in the checkout, one at a time, without the flags and targets of a make above us.
build()
{
	(
		cd "$root" || exit
		unset MAKEFLAGS MFLAGS MAKELEVEL
		mkdir -p build
		exec 8>build/lock
		flock 8
		make -s --no-print-directory -j "$(nproc)" "$@" "PG_CONFIG=$(command -v "${PG_CONFIG:-pg_config}")" 8>&-
	)
}

# The version, from the only place where it is written.
jerry_version()
{
	sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" "$root/jerry.control"
}

# Where the first kore in PATH was installed with its headers: /usr, or /usr/local. Nothing without one.
kore_prefix()
{
	local kore
	kore=$(realpath "$(command -v kore)" 2>/dev/null) || return
	echo "${kore%/bin/kore}"
}

# copy_sources DIR: the checkout as it is, without what git ignores, as a new folder with the last commit's date on all files.
copy_sources()
{
	rm -rf "$1"
	mkdir -p "$1"
	(
		cd "$root" || exit
		date=$(git log -1 --format=%cI) || die "$root is no checkout with a commit"
		comm -z -23 <(git ls-files -z --cached --others --exclude-standard | sort -z) <(git ls-files -z --deleted | sort -z) |
			tar -c --null --files-from=- --mtime="$date" | tar -x -C "$1"
	)
}

# Is somebody listening on this TCP port, at whatever address?
port_is_taken()
{
	local files=(/proc/net/tcp)
	[ ! -r /proc/net/tcp6 ] || files+=(/proc/net/tcp6)
	awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == port { taken = 1 } END { exit !taken }' "${files[@]}"
}

# A free port, below the range from which the system takes ports for outgoing connections. JERRY_TEST_PORTS=FIRST-LAST
# confines the choice.
free_port()
{
	local range=${JERRY_TEST_PORTS:-15000-29999} first last port
	first=${range%-*} last=${range#*-}
	for _ in {1..200}; do
		port=$((first + (RANDOM * 32768 + RANDOM) % (last - first + 1)))
		if ! port_is_taken "$port"; then
			echo "$port"
			return
		fi
	done
	die "found no free port between $first and $last"
}

# A new password or secret: 32 hexadecimal digits, which need no quoting anywhere.
random_secret()
{
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# secret NAME: the value of NAME, or what the file named by NAME_FILE holds, less its last newline.
secret()
{
	local value=${!1:-} file=$1_FILE
	file=${!file:-}
	if [ -n "$value" ] && [ -n "$file" ]; then
		die "$1 and $1_FILE are both set"
	elif [ -n "$file" ]; then
		[ -r "$file" ] || die "$1_FILE: cannot read \"$file\""
		value=$(<"$file")
	fi
	printf '%s' "$value"
}

# read_env_file FILE: export the NAME=value lines of a file whose names are not set yet. The file is read, not executed.
read_env_file()
{
	local line name value
	while IFS= read -r line || [ -n "$line" ]; do
		[[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
		name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
		if [[ $value =~ ^\"([^\"]*)\" ]] || [[ $value =~ ^\'([^\']*)\' ]]; then
			value=${BASH_REMATCH[1]}
		elif [[ $value =~ ^[[:space:]]*# ]]; then
			value=
		else
			value=${value%%[[:space:]]#*}
			value=${value%"${value##*[![:space:]]}"}
		fi
		[ -n "${!name+set}" ] || export "$name=$value"
	done <"$1"
}

# http_status PORT PATH: the status of a GET, or nothing when there is no answer. Needs no curl.
http_status()
{
	local status=
	{
		exec 7<>"/dev/tcp/127.0.0.1/$1" &&
			printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&7 &&
			read -r -t 5 _ status _ <&7
		exec 7>&-
	} 2>/dev/null
	printf '%s' "$status"
}
