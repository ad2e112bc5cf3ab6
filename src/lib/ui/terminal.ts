/** The terminal's library, once it is wanted. */
export async function loadTerminal() {
  const [{ Terminal }, { FitAddon }] = await Promise.all([import('@xterm/xterm'), import('@xterm/addon-fit')]);
  return { Terminal, FitAddon };
}
