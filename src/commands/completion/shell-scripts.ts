// The scripts that make shells ask for completions. They are the same for everybody and for ever: what there is to complete
// is asked for on each Tab (answer-shell.ts). The program that is asked is the one in PATH by the name that was typed, and
// only where there is none the one that was typed with its folder.

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Reads the answer line by line, because bash 3.2, which macOS has, knows nothing better. */
const BASH = `# Completion of osp and osaurus for bash 3.2 and newer. In ~/.bashrc:  eval "$(osp completions bash)"

_osprey_complete() {
  # Until bash 4.3, the place of the cursor is one in bytes.
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 403)); then local LC_ALL=C; fi
  local line=\${COMP_LINE:0:COMP_POINT} program=\${1##*/} reply
  COMPREPLY=()
  type -P -- "$program" >/dev/null || program=$1
  while IFS= read -r reply; do
    COMPREPLY[\${#COMPREPLY[@]}]=$reply
  done < <(command -- "$program" __complete bash "$COMP_WORDBREAKS" "$line" 2>/dev/null </dev/null)
}

# The replies bring the space behind them, where there is to be one; their order is the best first, where bash can keep it.
complete -o nospace -o nosort -F _osprey_complete osp osaurus 2>/dev/null ||
  complete -o nospace -F _osprey_complete osp osaurus
`;

const ZSH = `#compdef osp osaurus
# Completion of osp and osaurus for zsh. In ~/.zshrc:  eval "$(osp completions zsh)"
# Or as a file named _osp in a folder of $fpath.

_osprey() {
  emulate -L zsh
  local program=\${\${(Q)words[1]}:t} line
  local -a before answer fields whole whole_shown open open_shown how
  (( $+commands[$program] )) || program=\${(Q)words[1]}
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  answer=("\${(@f)$(command -- "$program" __complete zsh "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  (( $#answer > 1 )) || return 1
  for line in "\${(@)answer[2,-1]}"; do
    fields=("\${(@ps:\\t:)line}")
    if [[ $fields[1] == open ]]; then
      open+=("$fields[2]") open_shown+=("$fields[3]")
    else
      whole+=("$fields[2]") whole_shown+=("$fields[3]")
    fi
  done
  # What stays as it was typed.
  case \${answer[1]%%$'\\t'*} in
    folder) compset -P '*/' ;;
    flag) compset -P 1 '*=' ;;
  esac
  [[ $answer[1] == *$'\\t'others ]] && how=(-U) compstate[insert]=menu
  [[ "\${(pj:\\n:)whole_shown}" == *'  -- '* ]] && how+=(-l)
  (( $#open )) && compadd "\${how[@]}" -V osprey -S '' -d open_shown -a open
  (( $#whole )) && compadd "\${how[@]}" -V osprey -d whole_shown -a whole
  return 0
}

if [[ $funcstack[1] == _osp ]]; then
  _osprey "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _osprey osp osaurus
fi
`;

const FISH = `# Completion of osp and osaurus for fish. In ~/.config/fish/config.fish:  osp completions fish | source

function __osprey_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '.*/' '' -- $before[1])
    command -q $program; or set program $before[1]
    command $program __complete fish $before[2..-1] "$current" 2>/dev/null </dev/null
end

for program in osp osaurus
    complete -c $program -e
    complete -c $program -f -k -a '(__osprey_complete)'
end
set -e program
`;

export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
