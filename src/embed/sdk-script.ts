/** sdk/ukulele-embed.js: a classic script, which any page may load from any host. It gives `Ukulele.embed`. */
import { embed, embedUrl, type EmbedOptions } from './sdk.ts';

const script = document.currentScript;
const site = script instanceof HTMLScriptElement ? new URL('../', script.src).href : undefined;

function withSite(options: EmbedOptions): EmbedOptions & { site: string } {
  const chosen = options.site ?? site;
  if (chosen === undefined) throw new Error('Ukulele.embed: say where the site is, with `site`');
  return { ...options, site: chosen };
}

const api = {
  embed: (target: Element, options: EmbedOptions = {}) => embed(target, withSite(options)),
  embedUrl: (options: EmbedOptions = {}) => embedUrl(withSite(options)),
};

declare global {
  var Ukulele: typeof api;
}
globalThis.Ukulele = api;
