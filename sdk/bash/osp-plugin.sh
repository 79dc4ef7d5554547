# shellcheck shell=bash
# Helper for process plugins in Bash: declare commands, write functions, call osp_main.
#
#   . "$folder/osp-plugin.sh"
#   osp_plugin hello 0.1.0
#   osp_command hello greet "Greet somebody"
#   osp_arg name --about "Who to greet"
#   greet() {
#     local name
#     osp_get name name world
#     osp_row greeting "Hello, $name!"
#   }
#   osp_main "$@"
#
# The helper answers --describe and --help, reads the command line, and prints exactly one answer. While a function runs,
# whatever is printed goes to stderr; the way to the host is descriptor 9. Needs Bash 3.2 or newer, and no other program.
# Works with and without `set -euo pipefail`. Names that begin with _osp are its own.

# --- What a plugin declares -------------------------------------------------------------------------------------------

_osp_id='' _osp_version='' _osp_min=''
# Commands, each with the index of the one above it, or -1.
_osp_names=() _osp_abouts=() _osp_handlers=() _osp_parents=() _osp_auths=()
# Arguments and flags of all commands. Spellings of a flag are words; the longest comes first.
_osp_owners=() _osp_kinds=() _osp_spelled=() _osp_told=() _osp_helps=() _osp_multis=() _osp_needs=() _osp_onlys=()

# osp_plugin ID VERSION [MIN_OSP_VERSION]
osp_plugin() {
  [[ $1 == *[![:space:]]* ]] || _osp_wrong 'the id of a plugin must not be blank'
  _osp_id=$1 _osp_version=$2 _osp_min=${3-}
}

# osp_command "NAME" FUNCTION [ABOUT], or "COMMAND NAME" for one below COMMAND. A FUNCTION of - is none: the command only
# has others below it.
osp_command() {
  local words parent=-1 index name
  read -r -a words <<<"$1"
  name=${words[${#words[@]} - 1]}
  [[ $name =~ ^[abcdefghijklmnopqrstuvwxyz0123456789_-]+$ ]] ||
    _osp_wrong "\"$name\" cannot be a command: its name is made of a-z, 0-9, - and _"
  for ((index = 0; index < ${#words[@]} - 1; index++)); do
    _osp_below "$parent" "${words[index]}" || _osp_wrong "there is no command \"${words[index]}\" for \"$1\" to be below"
    parent=$REPLY
  done
  if _osp_below "$parent" "$name"; then _osp_wrong "two commands are called \"$1\""; fi
  index=${#_osp_names[@]}
  _osp_names[index]=$name _osp_handlers[index]=$2 _osp_abouts[index]=${3-} _osp_parents[index]=$parent _osp_auths[index]=''
}

# osp_arg NAME [--about TEXT] [--required] [--multi] [--type Path]
#   [--suggest VALUE [--meta TEXT] [--display TEXT] [--sort TEXT]]...      an argument of the last command
osp_arg() {
  [[ $1 == -* || $1 != *[![:space:]]* ]] && _osp_wrong "\"$1\" cannot be the name of an argument"
  _osp_declare arg "$@"
}

# osp_flag "--limit -n" [--flag-only] and what osp_arg takes: a flag of the last command, under all its spellings. With
# --flag-only it stands alone, else a value follows.
osp_flag() {
  local one long='' short=''
  for one in $1; do
    [[ $one =~ ^--?[^=-][^=]*$ ]] || _osp_wrong "\"$one\" cannot be a flag: it has to be like \"--limit\" or \"-n\""
    [[ $one == --help || $one == --describe ]] && _osp_wrong "\"$one\" is answered by the helper"
    if [[ $one == --* ]]; then long="$long $one"; else short="$short $one"; fi
  done
  one="${long# }$short"
  [[ $one == *[![:space:]]* ]] || _osp_wrong 'a flag needs a spelling'
  shift
  _osp_declare flag "${one# }" "$@"
}

# osp_auth [--visibility WORD] [--capability NAME]... [--feature NAME]... and for the session that sees the command:
#   [--visible-strength WORD] [--visible-credential STATE SERVICE SECONDS]... (SECONDS may be -); for the one that runs
#   it the same with --run-                                               who may see and run the last command
osp_auth() {
  local visibility='' capabilities='' features='' strength_visible='' strength_run='' needs_visible='' needs_run=''
  local ttl which
  while (($# > 0)); do
    _osp_words "$1" "$#"
    case $1 in
      --visibility) _osp_quote "$2" && visibility="\"visibility\":$REPLY" && shift 2 ;;
      --capability) _osp_quote "$2" && capabilities="$capabilities${capabilities:+,}$REPLY" && shift 2 ;;
      --feature) _osp_quote "$2" && features="$features${features:+,}$REPLY" && shift 2 ;;
      --visible-strength) _osp_quote "$2" && strength_visible="\"auth_strength\":$REPLY" && shift 2 ;;
      --run-strength) _osp_quote "$2" && strength_run="\"auth_strength\":$REPLY" && shift 2 ;;
      --visible-credential | --run-credential)
        ttl='' which=$1
        if [[ $4 != - ]]; then ttl=",\"min_ttl_seconds\":$4"; fi
        _osp_quote "$2" && ttl="\"state\":$REPLY,\"service\":@$ttl"
        _osp_quote "$3" && ttl="{${ttl/@/$REPLY}}"
        if [[ $which == --run-* ]]; then needs_run="$needs_run${needs_run:+,}$ttl"; else
          needs_visible="$needs_visible${needs_visible:+,}$ttl"
        fi
        shift 4
        ;;
      *) _osp_wrong "osp_auth does not know \"$1\"" ;;
    esac
  done
  _osp_join "$strength_visible" "${needs_visible:+\"credentials\":[$needs_visible]}" && strength_visible=$REPLY
  _osp_join "$strength_run" "${needs_run:+\"credentials\":[$needs_run]}" && strength_run=$REPLY
  if [[ -n $strength_visible ]]; then strength_visible="\"visible_session\":{$strength_visible}"; fi
  if [[ -n $strength_run ]]; then strength_run="\"run_session\":{$strength_run}"; fi
  _osp_join "$visibility" "${capabilities:+\"required_capabilities\":[$capabilities]}" \
    "${features:+\"feature_flags\":[$features]}" "$strength_visible" "$strength_run"
  _osp_auths[${#_osp_names[@]} - 1]="{$REPLY}"
}

# --- What a function asks ---------------------------------------------------------------------------------------------
# Names are those of arguments (name) and of flags in any spelling (--limit).

# Hints of the host. Outside of a host, and for words that are not known, these are the defaults.
# shellcheck disable=SC2034 # They are for the plugin.
OSP_HINT_COMMAND='' OSP_HINT_VERBOSITY=info OSP_HINT_DEBUG_LEVEL=0 OSP_HINT_FORMAT=auto OSP_HINT_COLOR=auto
OSP_HINT_UNICODE=auto OSP_HINT_TERMINAL_KIND=unknown OSP_HINT_PROFILE='' OSP_HINT_TERMINAL=''

# osp_get VARIABLE NAME [DEFAULT]: the value, the last one where there are several.
osp_get() {
  local _osp_at _osp_value=${3-}
  _osp_find "$2"
  for ((_osp_at = 0; _osp_at < ${#_osp_given[@]}; _osp_at++)); do
    if ((_osp_given[_osp_at] == REPLY)); then _osp_value=${_osp_texts[_osp_at]}; fi
  done
  printf -v "$1" %s "$_osp_value"
}

# osp_get_all ARRAY NAME: all values.
osp_get_all() {
  local _osp_at _osp_one
  _osp_find "$2"
  eval "$1=()"
  for ((_osp_at = 0; _osp_at < ${#_osp_given[@]}; _osp_at++)); do
    if ((_osp_given[_osp_at] == REPLY)); then
      _osp_one=${_osp_texts[_osp_at]}
      eval "$1[\${#$1[@]}]=\$_osp_one"
    fi
  done
}

# osp_get_integer VARIABLE NAME [DEFAULT]: the same; anything but a whole number is wrong usage.
osp_get_integer() {
  osp_get "$@"
  if osp_is_set "$2" && ! [[ ${!1} =~ ^[+-]?[0-9]{1,18}$ ]]; then
    osp_fail USAGE "$2 must be a whole number, not \"${!1:0:80}\""
  fi
}

# osp_is_set NAME: whether it was given.
osp_is_set() {
  local _osp_number=0
  osp_count _osp_number "$1"
  ((_osp_number > 0))
}

# osp_count VARIABLE NAME: how often it was given.
osp_count() {
  local _osp_at _osp_times=0
  _osp_find "$2"
  for ((_osp_at = 0; _osp_at < ${#_osp_given[@]}; _osp_at++)); do
    if ((_osp_given[_osp_at] == REPLY)); then _osp_times=$((_osp_times + 1)); fi
  done
  printf -v "$1" %s "$_osp_times"
}

# osp_config VARIABLE NAME [DEFAULT]: what is configured as extensions.plugins.ID.env.NAME.
osp_config() {
  _osp_variable "$2"
  printf -v "$1" %s "${!REPLY-${3-}}"
}

# osp_config_need VARIABLE NAME: the same; a failure when it is not configured.
osp_config_need() {
  osp_config "$@"
  [[ ${!1} == *[![:space:]]* ]] || _osp_unset "$2" 'is not configured'
}

# osp_config_integer, osp_config_boolean VARIABLE NAME [DEFAULT]: the same; a failure names the key, never the value,
# which may be a secret.
osp_config_integer() {
  osp_config "$@"
  _osp_variable "$2"
  if [[ -n ${!REPLY+x} && ! ${!1} =~ ^[+-]?[0-9]{1,18}$ ]]; then _osp_unset "$2" 'must be a whole number'; fi
}
osp_config_boolean() {
  osp_config "$@"
  _osp_variable "$2"
  if [[ -n ${!REPLY+x} && ${!1} != true && ${!1} != false ]]; then _osp_unset "$2" 'must be true or false'; fi
}

# --- What a function answers ------------------------------------------------------------------------------------------

_osp_rows=() _osp_data='' _osp_said=() _osp_meta='' _osp_answered='' _osp_subshell=''

# osp_row NAME TEXT [NAME TEXT]...: one more row. Before a name, --number, --bool and --json say what its value is, and
# --null that it has none; --text is for a name that looks like one of these.
osp_row() {
  _osp_object "$@"
  _osp_rows[${#_osp_rows[@]}]=$REPLY
}

# osp_row_json JSON: one more row, written by another program. It is not looked at.
osp_row_json() {
  _osp_here osp_row_json
  _osp_rows[${#_osp_rows[@]}]=$1
}

# osp_data NAME TEXT...: what osp_row takes, as all of the data, in place of rows. osp_data_json JSON: any data.
osp_data() {
  _osp_object "$@"
  _osp_data=$REPLY
}
osp_data_json() {
  _osp_here osp_data_json
  [[ $1 == *[![:space:]]* ]] || _osp_bug 'osp_data_json got nothing'
  _osp_data=$1
}

# osp_message LEVEL TEXT: for people, shown beside the data. Blank text is no message.
osp_message() {
  _osp_here osp_message
  case $1 in error | warning | success | info | trace) ;; *) _osp_bug "\"$1\" is no level of messages" ;; esac
  if [[ $2 == *[![:space:]]* ]]; then
    _osp_quote "$2"
    _osp_said[${#_osp_said[@]}]="{\"level\":\"$1\",\"text\":$REPLY}"
  fi
}
osp_error() { osp_message error "$1"; }
osp_warning() { osp_message warning "$1"; }
osp_success() { osp_message success "$1"; }
osp_info() { osp_message info "$1"; }
osp_trace() { osp_message trace "$1"; }

# How to show the data: osp_columns NAME..., osp_column_align WORD..., osp_column_labels TEXT... (as many as columns),
# osp_row_path MEMBER, osp_preserve_json_document, osp_format_hint WORD.
osp_columns() {
  _osp_column_count=$#
  _osp_list "$@" && _osp_add_meta columns "$REPLY"
}
osp_column_align() {
  local one
  for one; do
    case $one in default | left | center | right) ;; *) _osp_bug "\"$one\" is no alignment of columns" ;; esac
  done
  _osp_list "$@" && _osp_add_meta column_align "$REPLY"
}
osp_column_labels() {
  (($# == ${_osp_column_count-0})) || _osp_bug 'osp_column_labels needs as many as osp_columns, which comes before it'
  _osp_list "$@" && _osp_add_meta column_labels "$REPLY"
}
osp_row_path() { _osp_quote "$1" && _osp_add_meta row_path "$REPLY"; }
osp_preserve_json_document() { _osp_add_meta preserve_json_document true; }
osp_format_hint() { _osp_quote "$1" && _osp_add_meta format_hint "$REPLY"; }

# osp_fail CODE MESSAGE [DETAILS_JSON]: what was asked for failed; the function ends here.
osp_fail() {
  _osp_here osp_fail "$1: $2"
  _osp_refuse "$@"
  exit 0
}

# --- The call ---------------------------------------------------------------------------------------------------------

# osp_main "$@": answers the call that this process was started for, and ends it.
osp_main() {
  exec 9>&1
  exec 1>&2 || exec 1>/dev/null
  ((${#_osp_names[@]} > 0)) || _osp_wrong 'a plugin needs a command'
  _osp_check
  if (($# == 1)) && [[ $1 == --describe ]]; then
    _osp_describe
    _osp_print "$REPLY"
    exit 0
  fi
  if _osp_wants_help "$@"; then
    _osp_help
    exit 0
  fi
  _osp_hints
  trap '_osp_ended $?' EXIT
  trap '_osp_subshell=yes' USR1
  _osp_parse "$@"
  local status=0
  "${_osp_handlers[_osp_command]}"
  status=$?
  ((status == 0)) || _osp_bug "${_osp_handlers[_osp_command]} returned $status"
  [[ -z $_osp_subshell ]] || _osp_bug "$_osp_lost"
  _osp_answer
  exit 0
}

_osp_lost='a part of the answer was given in a subshell, behind "|" or in "(...)", where it is lost'

# The process ends, by `exit`, by `set -e`, or by a mistake.
_osp_ended() {
  [[ -z $_osp_answered ]] || return 0
  if [[ -n $_osp_subshell ]]; then _osp_refuse INTERNAL "$_osp_lost"; fi
  [[ -n $_osp_answered ]] || _osp_refuse INTERNAL "the command ended with status $1 before it was done"
  exit 0
}

# What only runs in the process that answers. Elsewhere it would be lost: so the call fails.
_osp_here() {
  ((BASH_SUBSHELL == 0)) && return 0
  printf '%s\n' "$1 was called in a subshell${2:+: $2}" >&2
  kill -USR1 $$
  exit 1
}

# A mistake in what the plugin declares, which shows on every call; and one in a function, which is an answer.
_osp_wrong() {
  printf '%s\n' "${_osp_id:-this plugin}: $1" >&2
  _osp_answered=yes
  exit 40
}
_osp_bug() {
  printf '%s\n' "${_osp_id}: $1" >&2
  if ((BASH_SUBSHELL > 0)); then _osp_here "$1"; fi
  _osp_refuse INTERNAL "$1"
  exit 0
}
_osp_unset() {
  local key="extensions.plugins.$_osp_id.env.$1"
  _osp_quote "$key"
  osp_fail CONFIG "the setting \"$1\" $2: osp config set $key VALUE" "{\"key\":$REPLY}"
}

_osp_refuse() {
  local code=${1:-FAILED} message=${2-}
  [[ $message == *[![:space:]]* ]] || message=$code
  _osp_quote "$code" && code=$REPLY
  _osp_quote "$message" && message=$REPLY
  _osp_said_json
  _osp_print "{\"protocol_version\":1,\"ok\":false,\"data\":null,\"error\":{\"code\":$code,\"message\":$message${3:+,\"details\":$3}},\"messages\":[$REPLY],\"meta\":{}}"
}

_osp_answer() {
  _osp_answered=yes
  _osp_said_json
  {
    printf '{"protocol_version":1,"ok":true,"error":null,"messages":[%s],"meta":{%s},"data":' "$REPLY" "$_osp_meta"
    if [[ -n $_osp_data ]]; then
      printf '%s}\n' "$_osp_data"
    elif ((${#_osp_rows[@]} == 0)); then
      printf '[]}\n'
    else
      printf '[%s' "${_osp_rows[0]}"
      if ((${#_osp_rows[@]} > 1)); then printf ',\n%s' "${_osp_rows[@]:1}"; fi
      printf ']}\n'
    fi
  } >&9 || exit 40
}

_osp_print() {
  _osp_answered=yes
  printf '%s\n' "$1" >&9 || exit 40
}

_osp_said_json() {
  REPLY=''
  if ((${#_osp_said[@]} > 0)); then
    local IFS=,
    REPLY="${_osp_said[*]}"
  fi
}

_osp_add_meta() {
  _osp_here "how to show the data"
  _osp_join "$_osp_meta" "\"$1\":$2"
  _osp_meta=$REPLY
}

# --- The command line -------------------------------------------------------------------------------------------------

_osp_given=() _osp_texts=() _osp_path=() _osp_command=0

# Finds the command that is meant, and the values of its arguments and flags.
_osp_parse() {
  local word left=() literal='' index value
  (($# > 0)) || _osp_usage "no command was given: there is $(_osp_list_below -1)"
  _osp_below -1 "$1" || _osp_usage "there is no command \"${1:0:80}\": there is $(_osp_list_below -1)"
  _osp_command=$REPLY
  _osp_path=("$REPLY")
  shift
  while (($# > 0)); do
    word=$1
    shift
    if [[ -z $literal && $word == -- ]]; then
      literal=yes
    elif [[ -z $literal ]] && ((${#left[@]} == 0)) && _osp_below "$_osp_command" "$word"; then
      _osp_command=$REPLY
      _osp_path[${#_osp_path[@]}]=$REPLY
    elif [[ -z $literal && $word == -?* ]] && _osp_flag_of "$word"; then
      index=$REPLY value=$_osp_attached
      if [[ -z ${_osp_onlys[index]} && -z $_osp_has_value ]]; then
        if (($# == 0)) || [[ $1 == -- ]] || _osp_spells "$1"; then _osp_usage "$word needs a value"; fi
        value=$1
        shift
      fi
      _osp_give "$index" "$value"
    else
      left[${#left[@]}]=$word
    fi
  done
  if [[ ${_osp_handlers[_osp_command]} == - ]]; then
    value="${_osp_names[_osp_command]}: there is $(_osp_list_below "$_osp_command")"
    if ((${#left[@]} > 0)); then _osp_usage "there is no \"${left[0]:0:80}\" below $value"; fi
    _osp_usage "one more word is needed behind $value"
  fi
  _osp_place ${left[@]+"${left[@]}"}
  _osp_check_needed
}

# Gives words to the arguments of the command, in order.
_osp_place() {
  local index
  for ((index = 0; index < ${#_osp_owners[@]}; index++)); do
    if ((_osp_owners[index] != _osp_command)) || [[ ${_osp_kinds[index]} != arg ]]; then continue; fi
    while (($# > 0)); do
      _osp_given[${#_osp_given[@]}]=$index
      _osp_texts[${#_osp_texts[@]}]=$1
      shift
      [[ -n ${_osp_multis[index]} ]] || break
    done
  done
  if (($# > 0)); then _osp_usage "\"${1:0:80}\" is one argument too many"; fi
}

_osp_give() {
  local at
  if [[ -z ${_osp_multis[$1]}${_osp_onlys[$1]} ]]; then
    for ((at = 0; at < ${#_osp_given[@]}; at++)); do
      if ((_osp_given[at] == $1)); then _osp_usage "${_osp_spelled[$1]%% *} was given twice"; fi
    done
  fi
  _osp_given[${#_osp_given[@]}]=$1
  _osp_texts[${#_osp_texts[@]}]=$2
}

_osp_check_needed() {
  local index
  for ((index = 0; index < ${#_osp_owners[@]}; index++)); do
    if [[ -n ${_osp_needs[index]} ]] && _osp_counts "$index" && [[ " ${_osp_given[*]-} " != *" $index "* ]]; then
      _osp_name_of "$index"
      _osp_usage "$REPLY is missing"
    fi
  done
}

_osp_usage() { osp_fail USAGE "$1"; }

# Whether an argument or a flag belongs to the call: flags of all commands on the way to it do.
_osp_counts() {
  [[ ${_osp_kinds[$1]} == arg ]] && return $((_osp_owners[$1] == _osp_command ? 0 : 1))
  [[ " ${_osp_path[*]} " == *" ${_osp_owners[$1]} "* ]]
}

# REPLY: the flag of this call that is spelled so, the nearest command's first.
_osp_spells() {
  local index
  for ((index = ${#_osp_owners[@]} - 1; index >= 0; index--)); do
    if [[ ${_osp_kinds[index]} == flag && " ${_osp_spelled[index]} " == *" $1 "* ]] && _osp_counts "$index"; then
      REPLY=$index
      return 0
    fi
  done
  return 1
}

# REPLY: the flag that a word spells; its value in _osp_attached when it is part of the word. Not 0 for an argument.
_osp_flag_of() {
  _osp_attached='' _osp_has_value=''
  if [[ $1 != *[[:space:]]* ]] && _osp_spells "$1"; then return 0; fi
  if [[ $1 == *=* && ${1%%=*} != *[[:space:]]* ]] && _osp_spells "${1%%=*}"; then
    [[ -z ${_osp_onlys[REPLY]} ]] || _osp_usage "${1%%=*} takes no value"
    _osp_attached=${1#*=} _osp_has_value=yes
    return 0
  fi
  if [[ $1 != --* ]] && _osp_spells "${1:0:2}" && [[ -z ${_osp_onlys[REPLY]} ]]; then
    _osp_attached=${1:2} _osp_has_value=yes
    return 0
  fi
  [[ $1 =~ $_osp_below_zero ]] && return 1
  _osp_usage "there is no flag \"${1:0:80}\""
}
_osp_below_zero='^-([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$'

# REPLY: the command of this name below another one (-1: the top).
_osp_below() {
  local index
  for ((index = 0; index < ${#_osp_names[@]}; index++)); do
    if ((_osp_parents[index] == $1)) && _osp_same "${_osp_names[index]}" "$2"; then
      REPLY=$index
      return 0
    fi
  done
  return 1
}

# Whether a word is this name, in any letter case.
_osp_same() {
  local status=1
  shopt -s nocasematch
  if [[ $2 == "$1" ]]; then status=0; fi
  shopt -u nocasematch
  return $status
}

_osp_list_below() {
  local index list=''
  for ((index = 0; index < ${#_osp_names[@]}; index++)); do
    if ((_osp_parents[index] == $1)); then list="$list${list:+, }${_osp_names[index]}"; fi
  done
  printf %s "$list"
}

# REPLY: the argument or flag that a function asks for by this name.
_osp_find() {
  local index
  if [[ $1 == -* ]]; then
    _osp_spells "$1" && return 0
  else
    for ((index = 0; index < ${#_osp_owners[@]}; index++)); do
      if ((_osp_owners[index] == _osp_command)) && [[ ${_osp_kinds[index]} == arg && ${_osp_spelled[index]} == "$1" ]]; then
        REPLY=$index
        return 0
      fi
    done
  fi
  _osp_bug "the command \"${_osp_names[_osp_command]}\" declares no \"$1\""
}

_osp_name_of() {
  REPLY=${_osp_spelled[$1]}
  if [[ ${_osp_kinds[$1]} == flag ]]; then REPLY=${REPLY%% *}; fi
}

# --- Help and description ---------------------------------------------------------------------------------------------

# Whether help is asked for, which may be done in several ways; then _osp_path leads to the command.
_osp_wants_help() {
  local word at=0 short='' long='' help=''
  _osp_path=() _osp_command=-1
  for word; do
    [[ $word != -- ]] || break
    if _osp_below "$_osp_command" "$word"; then
      _osp_command=$REPLY
      _osp_path[${#_osp_path[@]}]=$REPLY
    elif ((at <= 1)) && [[ $word == help ]]; then help=yes; fi
    if [[ $word == --help ]]; then long=yes; fi
    if [[ $word == -h ]]; then short=yes; fi
    at=$((at + 1))
  done
  if [[ -n $short ]] && { ((_osp_command < 0)) || ! _osp_spells -h; }; then help=yes; fi
  [[ -n $help$long ]]
}

_osp_help() {
  local index text='usage:' args='' flags='' commands='' word
  for ((index = 0; index < ${#_osp_path[@]}; index++)); do text="$text ${_osp_names[_osp_path[index]]}"; done
  if ((_osp_command < 0)); then text="$text $(_osp_list_below -1)"; fi
  for ((index = 0; index < ${#_osp_names[@]}; index++)); do
    if ((_osp_parents[index] != _osp_command)); then continue; fi
    commands="$commands  ${_osp_names[index]}${_osp_abouts[index]:+  ${_osp_abouts[index]}}"$'\n'
  done
  for ((index = 0; index < ${#_osp_owners[@]}; index++)); do
    if ((_osp_command < 0)) || ! _osp_counts "$index"; then continue; fi
    word=${_osp_spelled[index]}
    if [[ ${_osp_kinds[index]} == arg ]]; then
      args="$args  $word${_osp_helps[index]:+  ${_osp_helps[index]}}"$'\n'
    else
      flags="$flags  ${word// /, }${_osp_helps[index]:+  ${_osp_helps[index]}}"$'\n'
      word=${word%% *}
      if [[ -z ${_osp_onlys[index]} ]]; then word="$word VALUE"; fi
    fi
    if [[ -n ${_osp_multis[index]} ]]; then word="$word..."; fi
    if [[ -z ${_osp_needs[index]} ]]; then word="[$word]"; fi
    text="$text $word"
  done
  if ((_osp_command >= 0)) && [[ -n ${_osp_abouts[_osp_command]} ]]; then text="$text"$'\n\n'"${_osp_abouts[_osp_command]}"; fi
  text="$text${args:+$'\n\narguments:\n'${args%?}}${flags:+$'\n\nflags:\n'${flags%?}}"
  _osp_print "$text${commands:+$'\n\ncommands:\n'${commands%?}}"
}

_osp_describe() {
  local text
  _osp_quote "$_osp_id" && text="{\"protocol_version\":1,\"plugin_id\":$REPLY"
  _osp_quote "$_osp_version" && text="$text,\"plugin_version\":$REPLY"
  if [[ -n $_osp_min ]]; then _osp_quote "$_osp_min" && text="$text,\"min_osp_version\":$REPLY"; fi
  _osp_describe_below -1
  REPLY="$text,\"commands\":[$REPLY]}"
}

_osp_describe_below() {
  local index text='' one args flags
  for ((index = 0; index < ${#_osp_names[@]}; index++)); do
    if ((_osp_parents[index] != $1)); then continue; fi
    _osp_quote "${_osp_names[index]}" && one="\"name\":$REPLY"
    if [[ -n ${_osp_abouts[index]} ]]; then _osp_quote "${_osp_abouts[index]}" && one="$one,\"about\":$REPLY"; fi
    if [[ -n ${_osp_auths[index]} ]]; then one="$one,\"auth\":${_osp_auths[index]}"; fi
    _osp_describe_values "$index" arg && args=$REPLY
    _osp_describe_values "$index" flag && flags=$REPLY
    if [[ -n $args ]]; then one="$one,\"args\":[$args]"; fi
    if [[ -n $flags ]]; then one="$one,\"flags\":{$flags}"; fi
    _osp_describe_below "$index"
    _osp_join "$one" "${REPLY:+\"subcommands\":[$REPLY]}"
    text="$text${text:+,}{$REPLY}"
  done
  REPLY=$text
}

# Entries that are equal count as one flag for the host: a flag that says the same as another gets its name into its help.
_osp_describe_values() {
  local at text='' members told='' about spelling name
  for ((at = 0; at < ${#_osp_owners[@]}; at++)); do
    if ((_osp_owners[at] != $1)) || [[ ${_osp_kinds[at]} != "$2" ]]; then continue; fi
    about=${_osp_helps[at]}
    name=${_osp_spelled[at]}
    if [[ $2 == flag ]]; then
      name=${name%% *}
      if [[ $told == *"<${_osp_told[at]}$about>"* ]]; then
        spelling=${name#-} && spelling=${spelling#-}
        about="${about:-${spelling//-/ }} ($name)"
      fi
      told="$told<${_osp_told[at]}${_osp_helps[at]}>"
    fi
    members=${_osp_told[at]}
    if [[ -n $about ]]; then _osp_quote "$about" && _osp_join "\"about\":$REPLY" "$members" && members=$REPLY; fi
    if [[ $2 == arg ]]; then
      _osp_quote "$name" && _osp_join "\"name\":$REPLY" "$members"
      text="$text${text:+,}{$REPLY}"
    else
      for spelling in ${_osp_spelled[at]}; do
        _osp_quote "$spelling" && text="$text${text:+,}$REPLY:{$members}"
      done
    fi
  done
  REPLY=$text
}

_osp_declare() {
  local index=${#_osp_owners[@]} kind=$1 spelled=$2 members='' suggestions='' one=''
  ((${#_osp_names[@]} > 0)) || _osp_wrong "\"$2\" comes before any command"
  _osp_owners[index]=$((${#_osp_names[@]} - 1)) _osp_kinds[index]=$kind _osp_spelled[index]=$spelled _osp_helps[index]=''
  _osp_multis[index]='' _osp_needs[index]='' _osp_onlys[index]=''
  shift 2
  while (($# > 0)); do
    _osp_words "$1" "$#"
    case $kind:$1 in
      *:--required) _osp_needs[index]=yes && _osp_join "$members" '"required":true' && members=$REPLY && shift ;;
      *:--multi) _osp_multis[index]=yes && _osp_join "$members" '"multi":true' && members=$REPLY && shift ;;
      flag:--flag-only) _osp_onlys[index]=yes && _osp_join "$members" '"flag_only":true' && members=$REPLY && shift ;;
      *:--about) _osp_helps[index]=$2 && shift 2 ;;
      *:--type) _osp_quote "$2" && _osp_join "$members" "\"value_type\":$REPLY" && members=$REPLY && shift 2 ;;
      *:--suggest)
        [[ $2 == *[![:space:]]* ]] || _osp_wrong "$spelled: a suggestion must not be blank"
        if [[ -n $one ]]; then suggestions="$suggestions${suggestions:+,}{$one}"; fi
        _osp_quote "$2" && one="\"value\":$REPLY" && shift 2
        ;;
      *:--meta | *:--display | *:--sort)
        [[ -n $one ]] || _osp_wrong "$spelled: $1 has to stand behind --suggest"
        _osp_quote "$2" && one="$one,\"${1#--}\":$REPLY" && shift 2
        ;;
      *) _osp_wrong "$spelled: there is no \"$1\"" ;;
    esac
  done
  if [[ -n $one ]]; then suggestions="$suggestions${suggestions:+,}{$one}"; fi
  _osp_join "$members" "${suggestions:+\"suggestions\":[$suggestions]}"
  _osp_told[index]=$REPLY
}

# Refuses an option without the words that it needs.
_osp_words() {
  local needed=2
  case $1 in --required | --multi | --flag-only) needed=1 ;; --*-credential) needed=4 ;; esac
  (($2 >= needed)) || _osp_wrong "\"$1\" needs a value"
}

# Refuses what the host would refuse, and arguments that could not be told apart.
_osp_check() {
  local index other one owner
  for ((index = 0; index < ${#_osp_owners[@]}; index++)); do
    owner=${_osp_owners[index]}
    for ((other = 0; other < index; other++)); do
      if ((_osp_owners[other] != owner)) || [[ ${_osp_kinds[other]} != "${_osp_kinds[index]}" ]]; then continue; fi
      _osp_check_pair "$other" "$index"
    done
  done
  for ((index = 0; index < ${#_osp_names[@]}; index++)); do
    one=${_osp_handlers[index]}
    [[ $one == - ]] || declare -F "$one" >/dev/null || _osp_wrong "there is no function \"$one\""
  done
}

_osp_check_pair() {
  local one
  if [[ ${_osp_kinds[$1]} == arg ]]; then
    [[ ${_osp_spelled[$1]} != "${_osp_spelled[$2]}" ]] || _osp_wrong "the argument \"${_osp_spelled[$1]}\" is there twice"
    [[ -z ${_osp_multis[$1]} ]] || _osp_wrong "\"${_osp_spelled[$1]}\" takes all words: no argument can come after it"
    [[ -n ${_osp_needs[$1]} || -z ${_osp_needs[$2]} ]] ||
      _osp_wrong "\"${_osp_spelled[$2]}\" is required and comes after one that is not"
    return 0
  fi
  for one in ${_osp_spelled[$2]}; do
    [[ " ${_osp_spelled[$1]} " != *" $one "* ]] || _osp_wrong "the flag \"$one\" is there twice"
  done
}

# What the host said of the call, where it is one of the words that are known.
# shellcheck disable=SC2034
_osp_hints() {
  OSP_HINT_COMMAND=${OSP_COMMAND-} OSP_HINT_PROFILE=${OSP_PROFILE-} OSP_HINT_TERMINAL=${OSP_TERMINAL-}
  case ${OSP_UI_VERBOSITY-} in error | warning | success | info | trace) OSP_HINT_VERBOSITY=$OSP_UI_VERBOSITY ;; esac
  case ${OSP_DEBUG_LEVEL-} in 0 | 1 | 2 | 3) OSP_HINT_DEBUG_LEVEL=$OSP_DEBUG_LEVEL ;; esac
  case ${OSP_FORMAT-} in auto | json | table | md | mreg | value | guide) OSP_HINT_FORMAT=$OSP_FORMAT ;; esac
  case ${OSP_COLOR-} in auto | always | never) OSP_HINT_COLOR=$OSP_COLOR ;; esac
  case ${OSP_UNICODE-} in auto | always | never) OSP_HINT_UNICODE=$OSP_UNICODE ;; esac
  case ${OSP_TERMINAL_KIND-} in cli | repl | unknown) OSP_HINT_TERMINAL_KIND=$OSP_TERMINAL_KIND ;; esac
}

# REPLY: the variable in which the host hands over a setting.
_osp_variable() {
  local LC_ALL=C lower=abcdefghijklmnopqrstuvwxyz upper=ABCDEFGHIJKLMNOPQRSTUVWXYZ at one before name=''
  for ((at = 0; at < ${#1}; at++)); do
    one=${1:at:1}
    case $one in
      [$lower])
        before=${lower%%"$one"*}
        one=${upper:${#before}:1}
        ;;
      [$upper] | [0123456789]) ;;
      *) one=_ ;;
    esac
    if [[ $one != _ || ${name:-_} != *_ ]]; then name=$name$one; fi
  done
  REPLY=OSP_PLUGIN_CFG_${name%_}
}

# --- JSON -------------------------------------------------------------------------------------------------------------

# REPLY: parts that are not empty, with commas between.
_osp_join() {
  local one text=''
  for one; do
    if [[ -n $one ]]; then text="$text${text:+,}$one"; fi
  done
  REPLY=$text
}

# REPLY: a list of texts.
_osp_list() {
  local one text=''
  for one; do
    _osp_quote "$one"
    text="$text${text:+,}$REPLY"
  done
  REPLY="[$text]"
}

_osp_number_shape='^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$'

# REPLY: an object of names and values, see osp_row. Most names and values are plain letters and digits, which is seen at
# once: a plugin may have a hundred thousand rows.
_osp_object() {
  local text='' kind name value
  ((BASH_SUBSHELL == 0)) || _osp_here osp_row
  while (($# > 0)); do
    kind=--text
    case $1 in --text | --number | --bool | --json | --null) kind=$1 && shift ;; esac
    if (($# == 0)) || { (($# == 1)) && [[ $kind != --null ]]; }; then _osp_bug "\"${1-}\" has no value"; fi
    case $1 in
      *[!$_osp_plain]*) _osp_quote "$1" && name=$REPLY ;;
      *) name="\"$1\"" ;;
    esac
    case $kind:${2-} in
      --null:*) value=null && set -- - "$@" ;;
      --text:*[!$_osp_plain]*) _osp_quote "$2" && value=$REPLY ;;
      --text:*) value="\"$2\"" ;;
      --number:[123456789]*[!0123456789]* | --number:[!123456789]* | --number:)
        [[ $2 =~ $_osp_number_shape ]] || _osp_bug "$1: \"${2:0:80}\" is no number"
        value=$2
        ;;
      --number:* | --bool:true | --bool:false) value=$2 ;;
      --bool:*) _osp_bug "$1: \"${2:0:80}\" is neither true nor false" ;;
      --json:*[![:space:]]*) value=$2 ;;
      --json:*) _osp_bug "$1: there is no JSON" ;;
    esac
    text="$text${text:+,}$name:$value"
    shift 2
  done
  REPLY="{$text}"
}

# Written out, because ranges mean something else in each language.
_osp_plain='abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,:;/+=@%()-'
_osp_back=\\ _osp_backs=\\\\ _osp_mark=\" _osp_marks=\\\"
_osp_utf8=$'^([\x01-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf][\x80-\xbf]|[\xf1-\xf3][\x80-\xbf][\x80-\xbf][\x80-\xbf]|\xf4[\x80-\x8f][\x80-\xbf][\x80-\xbf])*$'

# REPLY: a text as JSON. Bytes that are no UTF-8 become the sign for that.
_osp_quote() {
  local LC_ALL=C text=$1 # Bytes, whatever the user's language is.
  if [[ $text == *[![:print:]]* ]]; then _osp_clean; fi
  case $text in
    *[\\\"]*)
      text=${text//"$_osp_back"/"$_osp_backs"} # Quoted: newer versions read a bare backslash there in their own way.
      text=${text//"$_osp_mark"/"$_osp_marks"}
      ;;
  esac
  if [[ $text == *[[:cntrl:]]* ]]; then _osp_escape_controls; fi
  REPLY="\"$text\""
}

# In `text`: what is no UTF-8 is replaced.
_osp_clean() {
  if [[ $text =~ $_osp_utf8 ]]; then return 0; fi
  local clean='' at byte need=0 sequence='' low=128 high=191
  for ((at = 0; at < ${#text}; at++)); do
    printf -v byte %d "'${text:at:1}"
    if ((byte < 0)); then byte=$((byte + 256)); fi
    if ((need > 0)); then
      if ((byte >= low && byte <= high)); then
        sequence=$sequence${text:at:1} need=$((need - 1)) low=128 high=191
        if ((need == 0)); then clean=$clean$sequence; fi
        continue
      fi
      clean=$clean$'\xef\xbf\xbd' need=0
    fi
    sequence=${text:at:1} low=128 high=191
    if ((byte < 128)); then
      clean=$clean$sequence
    elif ((byte >= 194 && byte <= 223)); then
      need=1
    elif ((byte >= 224 && byte <= 239)); then
      need=2
      if ((byte == 224)); then low=160; elif ((byte == 237)); then high=159; fi
    elif ((byte >= 240 && byte <= 244)); then
      need=3
      if ((byte == 240)); then low=144; elif ((byte == 244)); then high=143; fi
    else
      clean=$clean$'\xef\xbf\xbd'
    fi
  done
  if ((need > 0)); then clean=$clean$'\xef\xbf\xbd'; fi
  text=$clean
}

# In `text`: control characters are escaped. Byte by byte, since some of them are special to old versions of Bash.
_osp_escape_controls() {
  local escaped='' at byte one
  for ((at = 0; at < ${#text}; at++)); do
    one=${text:at:1}
    case $one in
      [[:cntrl:]])
        printf -v byte %d "'$one"
        printf -v one '\\u%04x' "$byte"
        ;;
    esac
    escaped=$escaped$one
  done
  text=$escaped
}
