#!/bin/bash
# Two users of one machine, both in a folder where everybody can write: one works with CSTABULATE, the other knows the names of
# all files and lays his own wherever he can. His code never runs, and he reads nothing. Needs root, to become both.
. "$(dirname "$0")/../start.sh" "pspp two users"

command -v pspp >/dev/null || ends "pspp is not installed"
[ "$(id -u)" = 0 ] || { skip "only root can become two users"; ends; }
command -v setpriv >/dev/null || { skip "no setpriv"; ends; }
make -s build/plain/weeg || ends "the program does not build"
chmod 711 "$dir"
umask 022
install -m 755 "${WEEG_PROGRAM:-build/plain/weeg}" "$dir/weeg"
cd "$dir" || ends "no folder"
mkdir shared tmp tell && chmod 1777 shared tmp tell
for user in 61001 61002; do mkdir "home$user" && chown "$user:$user" "home$user"; done
setpriv --reuid=61001 --regid=61001 --clear-groups test -x "$dir/weeg" || { skip "others cannot get at $dir"; ends; }

# as USER COMMAND...: in the shared folder
as() {
  (cd shared && exec setpriv --reuid="$1" --regid="$1" --clear-groups \
    env HOME="${home:-$dir/home$1}" TMPDIR="$dir/tmp" SHELL=/bin/sh "${@:2}")
}
honest() { as 61001 "$@"; }
thief() { as 61002 "$@"; }
macro=$dir/home61001/.pspp/cstabulate.sps

# session NAME [MACRO]: the syntax on standard input, after data and the macro, by the honest one
session() {
  {
    printf '%s\n' 'DATA LIST LIST /x w.' 'BEGIN DATA' '1 2' '2 3' '1 1' 'END DATA.'
    printf '%s\n' "INSERT FILE='${2:-$macro}'."
    cat
  } >"$1.sps"
  honest pspp -O format=csv -o "$dir/tell/$1.csv" "$dir/$1.sps" >"$1.out" 2>&1
}
ask="CSTABULATE /TABLES VARIABLES=x /WEIGHT=w."
answers() { session "$@" <<<"$ask" && grep -q '^"\?Table: x' "tell/$1.csv"; }
# stopped NAME REGEX: it ended with exit status 1, said so, and went no further
stopped() { grep -Eq -- "$2" "tell/$1.csv" && ! grep -q 'Table: x\|went on' "tell/$1.csv"; }

# What the thief wants to be run: it takes the data too.
trap_text="HOST COMMAND=[\"touch $dir/tell/owned\"]."
# lay PATH...: his file or folder at each of these, where he can; in a folder, under every name that a session has
lay() {
  thief bash -c 'umask 0; text=$1; shift
    for path; do
      case $path in
        *.sps) echo "$text" >"$path" ;;
        *) mkdir -p "$path"; chmod 1777 "$path"
           for name in result.sps session.sps weeg-guard.sps .weeg-session.sps; do echo "$text" >"$path/$name"; done
           touch "$path/started" ;;
      esac
    done' lay "$trap_text" "$@" 2>/dev/null
  true
}
# unharmed WHAT: his code did not run, and he has got nothing
unharmed() {
  check "his code does not run: $1" [ ! -e tell/owned ]
  check "he gets no request and no data: $1" \
    [ -z "$(thief find "$dir" \( -name 'data.sav*' -o -name 'request*' \) -size +0 -readable 2>/dev/null)" ]
  rm -f tell/owned tell/request tell/data.sav
}
# link NAME: his links for what PSPP writes, instead
link() {
  local folder
  folder=$(dirname "$1")
  thief bash -c 'rm -rf "$1"; mkdir -m 777 "$1"; for name in request data.sav result.sps; do ln -s "$2/$name" "$1"; done' \
    link "$folder" "$dir/tell" 2>/dev/null
  true
}
# when FILE COMMAND...: once the session has told it; the session waits for the file go
when() {
  for _ in {1..200}; do [ -s "$1" ] && break; sleep .05; done
  check "the session tells $1" [ -s "$1" ]
  "${@:2}"
  touch tell/go
}
wait_for_go="HOST COMMAND=[\"for i in \$(seq 200); do test -e $dir/tell/go && break; sleep .05; done\"]."
tell_name="HOST COMMAND=[\"echo \" + !WEEG_RESULT + \" >$dir/tell/name\"]."

# ---- the honest one alone ---------------------------------------------------------------------------------------------

check "install" honest "$dir/weeg" pspp install
check "the folder of sessions is his alone" [ "$(stat -c '%u %a' home61001/.pspp/weeg)" = '61001 700' ]
check "a session" answers alone

# ---- names that the other knows ---------------------------------------------------------------------------------------

traps() {
  local result
  result=$(cat tell/name)
  lay "$(dirname "$result")" "$result" "$dir/home61001/.pspp/weeg" shared tmp shared/result.sps shared/session.sps
}
session known < <(printf '%s\n' "$ask" "$tell_name" "$wait_for_go" "$ask") &
when tell/name traps
wait
check "two answers between traps" [ "$(grep -c '^"\?Table: x' tell/known.csv)" = 2 ]
unharmed "at every name that he sees"
rm -rf tell/go tell/name

links() { link "$(cat tell/name)"; }
session links < <(printf '%s\n' "$ask" "$tell_name" "$wait_for_go" "$ask") &
when tell/name links
wait
check "two answers between links" [ "$(grep -c '^"\?Table: x' tell/links.csv)" = 2 ]
unharmed "by links"
rm -rf tell/go tell/name

# while a command runs: what PSPP has saved
look() {
  thief bash -c 'cp "$(dirname "$(cat ../tell/name)")"/* ../tell; cat ../home61001/.pspp/weeg/*/* >>../tell/request' 2>/dev/null
  true
}
steps=("HOST COMMAND=[!WEEG_BEGIN]." "WRITE OUTFILE=!WEEG_REQUEST /x." "SAVE OUTFILE=!WEEG_DATA." "$tell_name" "$wait_for_go")
session running < <(printf '%s\n' "${steps[@]}") &
when tell/name look
wait
kept=$(dirname "$(cat tell/name)")
check "the data were there" [ -s "$kept/data.sav" ]
check "others cannot open what a session that broke off has left" [ "$(stat -c '%u %a' "$kept")" = '61001 700' ]
unharmed "while a command runs"
rm -rf tell/go tell/name
check "the next session works" answers after-crash
check "and leaves alone what is not old" [ -s "$kept/data.sav" ]
touch -d '2 days ago' "$kept"
check "one of another day" answers another-day
check "takes it away" [ ! -e "$kept" ]

# ---- folders that others can get at: PSPP stops ---------------------------------------------------------------------------

# opened NAME REGEX COMMAND...: what the honest one did to his folders, and the other then laid
opened() {
  "${@:3}"
  lay "$dir/home61001/.pspp/weeg" "$dir/home61001/.pspp/weeg/session.sps"
  session "$1" <<<"ECHO 'went on'."
  check "$1: exit status 1" [ $? = 1 ]
  check "$1: stopped" stopped "$1" "$2"
  unharmed "$1"
  rm -rf home61001/.pspp/weeg
  chmod 755 home61001 home61001/.pspp
}
opened "folder of sessions open" 'others can (open|write in) the folder .*/weeg; chmod' chmod 777 home61001/.pspp/weeg
opened "folder of PSPP open" 'others can write in the folder .*/[.]pspp; chmod go-w' chmod 777 home61001/.pspp
opened "home open" 'others can write in the folder .*/home61001; chmod go-w' chmod 777 home61001
away() { rm -rf home61001/.pspp/weeg; chmod 1777 home61001/.pspp; }
opened "folder of sessions laid by the other" 'the folder .*/weeg belongs to somebody else' away
linked() { away; ln -s "$dir/shared" home61001/.pspp/weeg; }
opened "folder of sessions a link" '.*/weeg is not a folder' linked
check "then a session works again" answers again

# opened while a session runs
changed() { chmod 777 home61001/.pspp/weeg; traps; }
session changed < <(printf '%s\n' "$ask" "$tell_name" "$wait_for_go" "$ask" "ECHO 'went on'.") &
when tell/name changed
wait $!
check "opened meanwhile: exit status 1" [ $? = 1 ]
check "opened meanwhile: one answer, and stopped" [ "$(grep -c '^"\?Table: x\|went on' tell/changed.csv)" = 1 ]
unharmed "opened meanwhile"
rm -rf tell/go tell/name home61001/.pspp/weeg

# ---- the macro itself ---------------------------------------------------------------------------------------------------

# refused REGEX FILE: weeg pspp install --output FILE
refused() {
  honest "$dir/weeg" pspp install --output "$2" >install.out 2>&1
  check "$2 is refused" [ $? != 0 ]
  check "$2: $1" grep -Eq -- "$1" install.out
}
mkdir -m 777 open && chmod 777 open
refused 'others can write in the folder .*/open; chmod' "$dir/open/cstabulate.sps"
thief mkdir -m 1777 "$dir/tmp/his"
refused 'the folder .*/his belongs to somebody else' "$dir/tmp/his/cstabulate.sps"
lay shared
refused 'cannot write .*weeg-guard.sps' "$dir/shared/cstabulate.sps"
rm -rf shared/*.sps
echo mine >home61001/mine && chown 61001 home61001/mine
thief ln -s "$dir/home61001/mine" "$dir/shared/cstabulate.sps"
refused 'cstabulate.sps: .*belongs to somebody else' "$dir/shared/cstabulate.sps"
check "a link of the other replaces no file" [ "$(cat home61001/mine)" = mine ]
rm -f shared/*.sps shared/.weeg-session.sps
lay shared/.weeg-session.sps
check "install beside his session file" honest "$dir/weeg" pspp install --output "$dir/shared/cstabulate.sps"
check "works" answers beside "$dir/shared/cstabulate.sps"
unharmed "beside his session file"
home=$dir/home61002
refused 'cannot make the folder' "$dir/shared/other.sps"
thief mkdir -p "$home/.pspp/weeg"
refused 'home61002 belongs to somebody else' "$dir/shared/other.sps"
honest() { as 0 "$@"; }
refused 'home61002 belongs to somebody else' "$dir/shared/other.sps"
honest() { as 61001 "$@"; }
unset home
# the macro of somebody else has the folder of somebody else
as 61002 pspp -O format=csv -o "$dir/tell/his.csv" "$dir/beside.sps" >/dev/null 2>&1
check "the macro of another user: exit status 1" [ $? = 1 ]
check "the macro of another user: says whose" stopped his 'the folder .* belongs to somebody else'
rm -f weeg
session gone <<<"ECHO 'went on'."
check "the program is gone: exit status 1" [ $? = 1 ]
check "the program is gone: stopped" stopped gone 'not found'

ends
