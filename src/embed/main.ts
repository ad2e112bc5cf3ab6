/** Starts an embedded player in its frame: reads the address, listens to the page around, shows the controls. */
import { mount } from 'svelte';
import '$lib/ui/theme.css';
import { theme } from '$lib/ui/theme.svelte.ts';
import Embed from './Embed.svelte';
import { readParameters } from './parameters.ts';
import { Pieces } from './pieces.ts';
import { Player } from './player.svelte.ts';
import { protocolVersion, type EmbedEvent } from './protocol.ts';
import { readCommand } from './read-command.ts';

const parameters = readParameters(location.search, location.hash);
const here = new URL('.', location.href).href;
const host = window.parent === window ? undefined : window.parent;

// What the player says is the embedding page's own business: it chose the project. Hence no target origin.
const tell = (event: EmbedEvent): void => host?.postMessage({ ukulele: protocolVersion, ...event }, '*');

const show = (wish: 'light' | 'dark' | 'auto') => theme.show(wish === 'auto' ? 'system' : wish);
show(parameters.theme);
const player = new Player(new Pieces(here), new URL('../', here).href, tell);

addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
  const command = source === host && host ? readCommand(data) : undefined;
  if (!command) return;
  if (command.type === 'setTheme') show(command.theme);
  else player.handle(command);
});

async function start(): Promise<void> {
  await player.open(parameters);
  const target = document.body;
  target.replaceChildren();
  mount(Embed, { target, props: { player, parameters } });
  tell({ type: 'ready', versions: [protocolVersion] });
  for (const { message } of player.refusal) tell({ type: 'failed', message });
  if (parameters.load === 'lazy') await inView(target);
  if (parameters.load !== 'click') await (parameters.autoplay ? player.run() : player.load());
}

/** Resolves when the frame has been scrolled to. */
function inView(element: Element): Promise<void> {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
  });
}

void start();
