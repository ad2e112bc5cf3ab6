/** sdk/ukulele-embed.js: a classic script, which any page may load from any host. It gives `Ukulele.embed`. */
import { embed, embedUrl, type EmbeddedPlayer, type EmbedOptions } from './sdk.ts';

const script = document.currentScript;
const site = script instanceof HTMLScriptElement ? new URL('../', script.src).href : undefined;

function withSite(options: EmbedOptions): EmbedOptions & { site: string } {
  const chosen = options.site ?? site;
  if (chosen === undefined) throw new Error('Ukulele.embed: say where the site is, with `site`');
  return { ...options, site: chosen };
}

export type UkuleleScript = {
  /** Puts a player into an element, which gives it its size. */
  embed(target: Element, options?: EmbedOptions): EmbeddedPlayer;
  /** The address of such a player, for a frame of one's own. */
  embedUrl(options?: EmbedOptions): string;
};

declare global {
  var Ukulele: UkuleleScript;
}
globalThis.Ukulele = {
  embed: (target, options = {}) => embed(target, withSite(options)),
  embedUrl: (options = {}) => embedUrl(withSite(options)),
};
