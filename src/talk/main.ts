/** The deck of docs/talk/: slides by reveal.js, demos by the embedded player. A demo starts when its slide is shown, and then stays. */
import Reveal from 'reveal.js';
import 'reveal.js/reveal.css';
import '../lib/ui/theme.css';
import './deck.css';
import { embed } from '../embed/sdk.ts';

const site = new URL('../', location.href).href;

function startDemos(slide: Element): void {
  for (const target of slide.querySelectorAll<HTMLElement>('.demo:empty')) {
    const { example, link } = target.dataset;
    // With an origin: so an offline copy of the site serves the frame, too.
    embed(target, {
      site,
      ...(link === undefined ? { example } : { link }),
      load: 'eager',
      autoplay: true,
      sandbox: false,
      title: `Demo: ${example ?? 'a recorded run'}`,
    });
  }
}

const deck = new Reveal({
  hash: true,
  width: 1180,
  height: 680,
  center: false,
  transition: 'none',
  backgroundTransition: 'none',
  overview: true,
});
const showCurrent = () => {
  const slide = deck.getCurrentSlide();
  if (slide) startDemos(slide);
};
deck.on('slidechanged', showCurrent);
void deck.initialize().then(showCurrent);
