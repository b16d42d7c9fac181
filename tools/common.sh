# common.sh: what the tools share. Sourced by them, never run.
# shellcheck shell=bash

# The checkout.
# shellcheck disable=SC2034 # for those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# What a person can do whose system cannot run Jerry by itself.
# shellcheck disable=SC2034 # for those who source this
anywhere='what runs on any system with Docker: docker compose up --build'

# Debian's Python packages, in front of what pip may have put elsewhere under the same names: for PYTHONPATH.
# shellcheck disable=SC2034
debian_python=/usr/lib/python3/dist-packages

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

# exit_on_signals STATUS: a signal ends the tool, by its EXIT trap. The next must not cut that short, and there is a
# next one when a process group is told and make tells its recipe as well.
exit_on_signals()
{
	# shellcheck disable=SC2064 # the status of now
	trap "trap '' INT TERM HUP; exit $1" INT TERM HUP
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# Who root's sidecar and courier run as; tools/sidecar says which.
service_user()
{
	if [ -n "${JERRY_SIDECAR_USER:-}" ]; then
		echo "$JERRY_SIDECAR_USER"
	elif id -u jerry >/dev/null 2>&1; then
		echo jerry
	else
		echo nobody
	fi
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
		[ -w build ] ||
			die "$root/build belongs to $(stat -c %U build), after one sudo make; give it back:" \
				"sudo chown -R $(id -un) '$root'"
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

# asked_for GROUP: is it one of the words of $groups?
asked_for()
{
	case " ${groups?} " in *" $1 "*) ;; *) return 1 ;; esac
}

# Where the first kore in PATH was installed with its headers: /usr, or /usr/local. Nothing without one.
kore_prefix()
{
	local kore
	kore=$(realpath "$(command -v kore)" 2>/dev/null) || return
	echo "${kore%/bin/kore}"
}

# Makes the folder $run of tools/run and opens its lock as descriptor 9. What is started must not keep it: 9>&-.
open_run_dir()
{
	command -v flock >/dev/null || die "there is no flock (Debian: package util-linux)"
	if mkdir -p "$run" 2>/dev/null && [ -w "$run" ]; then
		run=$(cd "$run" && pwd -P)
		if [ ! -e "$run/lock" ] || [ -w "$run/lock" ]; then
			exec 9>"$run/lock"
			return
		fi
	fi
	[ -e "$run" ] || die "cannot make the folder $run"
	die "$run belongs to $(stat -c %U "$run"): after one sudo make run, keep using sudo;" \
		"or start over without it: sudo make clean-data && sudo chown -R $(id -un) '$root'"
}

# copy_sources DIR: the checkout as it is, without what git ignores, as a new folder with the last commit's date on all
# files.
copy_sources()
{
	rm -rf "$1"
	mkdir -p "$1"
	(
		cd "$root" || exit
		date=$(git log -1 --format=%cI) || die "$root is not a checkout with a commit"
		comm -z -23 <(git ls-files -z --cached --others --exclude-standard | sort -z) \
			<(git ls-files -z --deleted | sort -z) |
			tar -c --null --files-from=- --mtime="$date" | tar -x -C "$1"
	)
}

# Is somebody listening on this TCP port, at whatever address?
port_is_taken()
{
	local files=(/proc/net/tcp)
	[ ! -r /proc/net/tcp6 ] || files+=(/proc/net/tcp6)
	awk -v port="$(printf ':%04X' "$1")" \
		'$4 == "0A" && substr($2, length($2) - 4) == port { taken = 1 } END { exit !taken }' "${files[@]}"
}

# free_port [PORT...]: a free port other than these, below the range from which the system takes ports for outgoing
# connections. JERRY_TEST_PORTS=FIRST-LAST confines the choice.
# shellcheck disable=SC2120 # mostly without
free_port()
{
	local range=${JERRY_TEST_PORTS:-15000-29999} first last port
	first=${range%-*} last=${range#*-}
	for _ in {1..200}; do
		port=$((first + (RANDOM * 32768 + RANDOM) % (last - first + 1)))
		if [[ " $* " != *" $port "* ]] && ! port_is_taken "$port"; then
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

# percent_decode NAME TEXT: the bytes that a part of a URL stands for, into variable NAME. Fails where libpq would.
percent_decode()
{
	local LC_ALL=C rest=$2 decoded='' byte
	while [[ $rest == *%* ]]; do
		decoded+=${rest%%\%*}
		rest=${rest#*\%}
		[[ $rest =~ ^[0-9A-Fa-f]{2} ]] && [ "${rest:0:2}" != 00 ] || return 1
		printf -v byte '%b' "\\x${rest:0:2}"
		decoded+=$byte
		rest=${rest:2}
	done
	printf -v "$1" '%s' "$decoded$rest"
}

# What libpq calls its parameters. A word that is none of these may be part of a password that was not quoted.
dsn_parameters=' application_name channel_binding client_encoding connect_timeout dbname fallback_application_name
	gssdelegation gssencmode gsslib host
	hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts
	max_protocol_version min_protocol_version
	options passfile password port replication require_auth requirepeer requiressl service servicefile ssl
	ssl_max_protocol_version
	ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode
	sslnegotiation sslrootcert sslsni
	target_session_attrs tcp_user_timeout user '

# read_dsn NAME VALUE: what a connection string says, URI or keywords of libpq, into the associative array dsn. Where it
# is wrong we stop before libpq sees it: libpq repeats what it does not understand, and that can be part of a password.
declare -A dsn=()
read_dsn()
{
	dsn=()
	case $2 in
		postgresql://* | postgres://*) read_dsn_url "$1" "${2#*://}" ;;
		*://*) die "$1: a URL must begin with postgresql://" ;;
		*=*) read_dsn_words "$1" "$2" ;;
		*[@:/]*) die "$1: the value is not a connection URI, a connection string or the name of a database" ;;
		'') ;;
		*) dsn[dbname]=$2 ;;
	esac
	[ -z "${dsn[ssl]+set}" ] || die "$1: libpq has no parameter ssl, only sslmode"
}

set_dsn()
{
	[[ $2 =~ ^[a-z_]+$ && $dsn_parameters =~ [[:space:]]"$2"[[:space:]] ]] ||
		die "$1: libpq does not know one of the parameters; is the password quoted?"
	dsn[$2]=$3
}

read_dsn_url()
{
	local name=$1 rest=$2 part text host ports='' hosts=''
	local encode="$1: write @ : / ? # and % in names and passwords as %40 %3A %2F %3F %23 and %25"
	if [[ ${rest%%/*} == *@* ]]; then
		part=${rest%%@*}
		rest=${rest#*@}
		if [[ $part == *:* ]]; then
			percent_decode text "${part#*:}" || die "$encode"
			dsn[password]=$text
		fi
		part=${part%%:*}
		[[ $part != *[?#]* ]] || die "$encode"
		percent_decode text "$part" || die "$encode"
		[ -z "$text" ] || dsn[user]=$text
	fi
	part=${rest%%\?*}
	[[ $part != *@* ]] || die "$encode"
	part=${part%%/*}
	if [ -n "$part" ]; then
		while [[ $part, =~ ^(\[[0-9A-Fa-f:.%a-z]*\]|[^:,\[]*)(:([0-9]*))?,(.*)$ ]]; do
			host=${BASH_REMATCH[1]} ports+=,${BASH_REMATCH[3]} part=${BASH_REMATCH[4]%,}
			host=${host#\[} host=${host%\]}
			percent_decode text "$host" || die "$encode"
			hosts+=,$text
			[ -n "$part" ] || break
		done
		[ -z "$part" ] || die "$encode, and ports as numbers"
		dsn[host]=${hosts#,}
		[ -z "${ports//,/}" ] || dsn[port]=${ports#,}
	fi
	part=${rest%%\?*}
	if [[ $part == */?* ]]; then
		percent_decode text "${part#*/}" || die "$encode"
		dsn[dbname]=$text
	fi
	[[ $rest == *\?* ]] || return 0
	rest=${rest#*\?}
	while [ -n "$rest" ]; do
		part=${rest%%&*}
		[[ $rest == *\&* ]] && rest=${rest#*&} || rest=''
		[[ $part == *=* && $part != *=*=* ]] || die "$name: a parameter is not name=value"
		percent_decode text "${part#*=}" || die "$encode"
		if [ "${part%%=*}=$text" = ssl=true ]; then
			set_dsn "$name" sslmode require
		else
			set_dsn "$name" "${part%%=*}" "$text"
		fi
	done
}

read_dsn_words()
{
	local name=$1 rest=$2 word text quoted
	while [[ $rest =~ [^[:space:]] ]]; do
		[[ $rest =~ ^[[:space:]]*([^[:space:]=]+)[[:space:]]*=[[:space:]]*(.*)$ ]] ||
			die "$name: a word is not name=value; is the password quoted?"
		word=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]} text='' quoted=''
		if [ "${rest:0:1}" = \' ]; then
			quoted=yes
			rest=${rest:1}
		fi
		while [ -n "$rest" ]; do
			case ${rest:0:1} in
				\\)
					rest=${rest:1}
					text+=${rest:0:1}
					;;
				\') [ -z "$quoted" ] || break
					text+=\'
					;;
				[[:space:]]) [ -n "$quoted" ] || break
					text+=${rest:0:1}
					;;
				*) text+=${rest:0:1} ;;
			esac
			rest=${rest:1}
		done
		if [ -n "$quoted" ]; then
			[ -n "$rest" ] || die "$name: a quote is not closed"
			rest=${rest:1}
		fi
		set_dsn "$name" "$word" "$text"
	done
}

# write_dsn: the array dsn as keywords of libpq, less the password.
write_dsn()
{
	local name value
	for name in "${!dsn[@]}"; do
		[ "$name" != password ] || continue
		value=${dsn[$name]//\\/\\\\}
		printf "%s='%s' " "$name" "${value//\'/\\\'}"
	done
}

# What keeps the statements of a session, and their values, out of every log. A name with a dot is taken where the
# extension is not loaded, too. A plan for the values of a statement would contain them: there shall be none.
# shellcheck disable=SC2034 # for those who source this
quiet_role_settings=(
	"log_statement = 'none'"
	'log_min_duration_statement = -1'
	'log_min_duration_sample = -1'
	'log_transaction_sample_rate = 0'
	'log_parameter_max_length = 0'
	'log_parameter_max_length_on_error = 0'
	"log_min_error_statement = 'panic'"
	'debug_print_parse = off'
	'debug_print_rewritten = off'
	'debug_print_plan = off'
	"plan_cache_mode = 'force_generic_plan'"
	'auto_explain.log_min_duration = -1'
	"pgaudit.log = 'none'"
	'pgaudit.log_parameter = off'
	"pgaudit.role = ''"
)

# What a session says first that is going to handle secrets: nobody sees its statements, in a view or in a log. Defaults
# of the role or the database that would be in the way do not count.
quiet_sql()
{
	echo 'SET track_activities = off;'
	printf 'SET %s;\n' "${quiet_role_settings[@]}" "pg_stat_statements.track = 'none'" \
		'pg_stat_statements.track_utility = off' \
		"password_encryption = 'scram-sha-256'" "client_encoding = 'UTF8'" 'statement_timeout = 0'
}

# password_sql NAME PASSWORD [ROLE]: what gives ROLE, or the user of the session, a password. psql makes a verifier of
# it, so that the server is told no more. NAME is what the password comes from.
password_sql()
{
	case $2 in
		*[$'\n\r']*) die "$1: the password has a line break" ;;
	esac
	printf '\\password %s\n%s\n%s\n' "${3:+:\"role\"}" "$2" "$2"
}

# run_psql ARGUMENT...: psql without a terminal, so that \password reads the lines that follow it, and says nothing of
# it.
run_psql()
{
	local psql=psql
	command -v psql >/dev/null || psql=$("${PG_CONFIG:-pg_config}" --bindir)/psql
	{
		LC_MESSAGES=C LANGUAGE='' setsid "$psql" -XAtq -v ON_ERROR_STOP=1 "$@" 2>&1 >&3 3>&- |
			sed -e 's/^\(Enter new password for user ".*": \|Enter it again: \)//' -e '/^$/d' >&2
		return "${PIPESTATUS[0]}"
	} 3>&1
}

# read_env_file FILE: export the NAME=value lines of a file whose names are not set yet. The file is read, not executed,
# and as docker compose reads it, by the Python of version 1 and the Go of version 2; where these disagree, or a line
# would have no effect, we stop.
read_env_file()
{
	local file=$1 line name value problem number=0
	local -A place=()
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		line=${line%$'\r'}
		[[ ! $line =~ ^[[:space:]]*(#|$) ]] || continue
		problem=
		parse_env_line || die "$file:$number: $problem"
		[ -z "${place[$name]:-}" ] || die "$file:$number: $name is set in line ${place[$name]} already"
		place[$name]=$number
		[ -n "${!name+set}" ] || export "$name=$value"
	done <"$file"
	check_env_names "$file" "${!place[@]}"
}

# parse_env_line: name and value of the line, or false and the problem. Part of read_env_file, whose variables it uses.
parse_env_line()
{
	local blank=$'[ \t]' end
	end="^$blank*($blank#.*)?\$"
	problem="this is not NAME=value"
	[[ $line =~ ^$blank*(export$blank+)?([A-Za-z_][A-Za-z0-9_]*)$blank*=$blank*(.*)$ ]] || return
	name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
	case $value in
		\'*)
			problem="the quotes of $name are not closed in this line, or something other than a comment follows"
			[[ $value =~ ^\'([^\']*)\'(.*)$ ]] || return
			value=${BASH_REMATCH[1]}
			[[ ${BASH_REMATCH[2]} =~ $end ]] || return
			problem="$name has a backslash in single quotes, which not every reader treats alike"
			problem+="; use double quotes, and two backslashes"
			[[ $value != *\\* ]] || return
			problem="$name has \${ in single quotes, which not every reader leaves alone"
			problem+="; there is no way to write that here"
			[[ $value != *\$\{* ]]
			;;
		\"*)
			problem="the quotes of $name are not closed in this line, or something other than a comment follows"
			[[ $value =~ ^\"(([^\"\\]|\\.)*)\"(.*)$ ]] || return
			value=${BASH_REMATCH[1]}
			[[ ${BASH_REMATCH[3]} =~ $end ]] || return
			problem="$name has a \$ in double quotes, which not every reader treats alike; use single quotes"
			[[ $value != *\$* ]] || return
			problem="$name has a backslash before something other than a quote or a backslash"
			problem+=", which not every reader treats alike"
			[[ $value =~ ^([^\\]|\\[\"\\])*$ ]] || return
			value=${value//\\\\/$'\1'}
			value=${value//\\\"/\"}
			value=${value//$'\1'/\\}
			;;
		*)
			problem="$name has a # where not every reader sees a comment"
			problem+="; write the value in quotes, or the comment on a line of its own"
			[[ $value != '#'* && $value != *$'\t#'* ]] || return
			value=${value%%" #"*}
			value=${value%"${value##*[! $'\t']}"}
			problem="$name has a \$, which not every reader treats alike; write the value in single quotes"
			[[ $value != *\$* ]]
			;;
	esac
}

# check_env_names FILE NAME...: stop at names that were meant for one of Jerry's, or for a part of Jerry that does not
# read them.
check_env_names()
{
	local file=$1
	shift
	printf '%s\n' "$@" | awk -v file="$file" '
		function distance(one, other,    row, i, n, diagonal, change) {
			for (i = 0; i <= length(other); i++)
				row[i] = i
			for (n = 1; n <= length(one); n++) {
				diagonal = row[0]
				row[0] = n
				for (i = 1; i <= length(other); i++) {
					change = diagonal + (substr(one, n, 1) != substr(other, i, 1))
					diagonal = row[i]
					if (row[i - 1] < row[i])
						row[i] = row[i - 1]
					row[i] = row[i] + 1 < change ? row[i] + 1 : change
				}
			}
			return row[length(other)]
		}
		NR == FNR {
			if ($0 ~ /^[A-Z]/) {
				secret = $1 ~ /[*]$/
				sub(/[*]$/, "", $1)
				known[$1] = 1
				if (secret)
					known[$1 "_FILE"] = 1
			}
			next
		}
		$0 == "" || ($0 in known) { next }
		{
			meant = ""
			for (name in known)
				if (length(name) > 8 && distance($0, name) <= 2)
					meant = name
			if (meant != "" || $0 ~ /^(JERRY|JWT|DATABASE|KORE|TLS|SERVICE|SMTP|POSTGRES)_/) {
				printf "jerry: %s: %s: nothing in Jerry reads this name%s\n", file, $0,
					meant != "" ? "; did you mean " meant "?" : "" >"/dev/stderr"
				failed = 1
			}
		}
		END { exit failed }' "$root/contract/environment.txt" - || exit 1
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
