import { WORKSPACE } from "../contract/files.ts";
import { seatName } from "../contract/seats.ts";

/** `.bashrc` of a new home; the learner's to change. The prompt shows the seat's directory by its name in the product, and who types `claude` where it isn't reads why. */
export function shellStart(seat: number): string {
  return `# Your shell's start; change it as you like.
__place() {
  local place=$PWD
  case "$place" in
    "$WORKSPACE") place=${WORKSPACE} ;;
    "$WORKSPACE"/*) place=${WORKSPACE}\${place#"$WORKSPACE"} ;;
    "$HOME") place='~' ;;
    "$HOME"/*) place="~\${place#"$HOME"}" ;;
  esac
  printf %s "$place"
}
PS1='\\[\\e[32m\\]learner@seat-${seatName(seat)}\\[\\e[0m\\]:\\[\\e[34m\\]$(__place)\\[\\e[0m\\]$ '
HISTSIZE=10000
HISTFILESIZE=10000
HISTCONTROL=ignoredups
shopt -s checkwinsize histappend
# Only where Claude couldn't be fetched, or isn't of this class.
command_not_found_handle() {
  if [ "$1" = claude ]; then
    echo "Claude isn't on this seat: it isn't of this class, or could not be fetched when the class began. Ask your instructor." >&2
  else
    echo "bash: $1: command not found" >&2
  fi
  return 127
}
alias ls='ls --color=auto' grep='grep --color=auto'
`;
}
