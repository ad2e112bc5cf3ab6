/** The terminal's library as one piece: one request. */
export { Terminal } from '@xterm/xterm';
export { FitAddon } from '@xterm/addon-fit';
