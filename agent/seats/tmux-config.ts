import { seatName } from "../contract/seats.ts";

/** What a shell's line is made of. Space, which marks, and `q`, which leaves, keep what they do in copy mode. */
const TYPED = [..."abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", ..."!%&()*+,-./:<=>?@[]^_|"];

/**
 * Who scrolls back and then types means the shell: copy mode, which would take the letters for commands, is left and the shell gets the
 * key. Mouse keys that aren't bound come as `Any` too, and may not end a selection. The wheel turns the pages of a pager, too.
 */
const SCROLLING = `setw -g mode-keys emacs
${TYPED.map((key) => `unbind -T copy-mode "${key}"`).join("\n")}
bind -T copy-mode Any if -F "#{==:#{mouse_x},}" { send-keys -X cancel ; send-keys }
bind -T root WheelUpPane if -F "#{||:#{pane_in_mode},#{mouse_any_flag}}" { send-keys -M } { if -F "#{alternate_on}" { send-keys -N 3 Up } { copy-mode -e ; send-keys -X -N 5 scroll-up } }
bind -T root WheelDownPane if -F "#{&&:#{alternate_on},#{!=:1,#{mouse_any_flag}}}" { send-keys -N 3 Down } { send-keys -M }
`;

/**
 * Shift Enter, which a page sends in the form of extended keys, is a new line to Claude, by the key that it understands under every tmux.
 * To other programs it is Enter.
 */
const NEW_LINE = `bind -T root S-Enter if -F "#{==:#{pane_current_command},claude}" { send-keys M-Enter } { send-keys Enter }
`;

/**
 * Colours are those of the page's terminal. `exit-empty off`: the server stays when the learner ends the last shell, so that a server
 * that was there and is missing means trouble. `-q` passes over what an older tmux doesn't know. `escape-time` is also how long half a character may wait for its other
 * half: a paste that fills the terminal is cut anywhere, and goes on when the agent's loop comes round; 50 ms are not felt after Esc.
 */
export function tmuxConfig(seat: number, { shell, terminal }: { shell: string; terminal: string }): string {
  return `set -s exit-empty off
set -s escape-time 50
set -s set-clipboard on
set -s focus-events on
set -s default-terminal ${terminal}
set -sq extended-keys on
set -asq terminal-features "xterm*:256:RGB:clipboard:focus:mouse:title:usstyle:strikethrough:ccolour:cstyle:overline:extkeys"
set -g default-shell ${shell}
set -g default-command "exec ${shell}"
set -g update-environment ""
set -g mouse on
set -g history-limit 10000
set -g display-time 2000
set -g renumber-windows on
set -g set-titles on
set -g set-titles-string "#W"
setw -g window-size latest
setw -g monitor-activity off
set -g status-style "bg=#203a30,fg=#86cfa6"
set -g status-left "[#{?@title,#{@title},#S}] "
set -g status-left-length 23
set -g status-right "seat-${seatName(seat)} %H:%M "
set -g status-interval 30
setw -g window-status-format "#I:#W#{?window_flags,#{window_flags}, }"
setw -g window-status-current-format "#I:#W#{?window_flags,#{window_flags}, }"
setw -g window-status-separator ""
set -g message-style "bg=#203a30,fg=#e6e8df"
setw -g mode-style "bg=#35574a,fg=#e6e8df"
set -g pane-border-style "fg=#35574a"
set -g pane-active-border-style "fg=#86cfa6"
${SCROLLING}${NEW_LINE}source-file -q ~/.tmux.conf
`;
}
