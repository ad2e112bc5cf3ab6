// Runs in the measured page: marks `clicked` (a press of Build & Boot), `built` (the log says so) and `printed` (text in an emptied UART) on the page's clock.
const text = (name) => document.querySelector(`[data-testid=${name}]`)?.textContent ?? '';
const mark = (name) => performance.getEntriesByName(name).length === 0 && performance.mark(name);
let buildsSeen = 0;
let emptied = true;

new MutationObserver(() => {
  const builds = text('build-log').split('Built in').length - 1;
  if (builds > buildsSeen) mark('built');
  buildsSeen = builds;
  emptied ||= text('uart') === '';
  if (emptied && text('uart') !== '') mark('printed');
}).observe(document, { subtree: true, childList: true, characterData: true });

addEventListener(
  'click',
  ({ target }) => {
    if (!target.closest('button')?.textContent.includes('Build & Boot')) return;
    for (const name of ['clicked', 'built', 'printed']) performance.clearMarks(name);
    emptied = false;
    mark('clicked');
  },
  { capture: true },
);
