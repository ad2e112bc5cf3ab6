import { createStore, get } from 'idb-keyval';
import { commit } from '../project/commit.ts';

const settings = createStore('keyval-store', 'keyval');

type Choice = 'system' | 'light' | 'dark';

function isChoice(value: unknown): value is Choice {
  return value === 'system' || value === 'light' || value === 'dark';
}

/** Light or dark: the system's unless a person chose. */
class Theme {
  choice = $state<Choice>('system');
  #systemDark = $state(false);

  /** Reads the system's and the person's wish. Call once, in a browser. */
  async start(): Promise<void> {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = query.matches;
    query.addEventListener('change', () => (this.#systemDark = query.matches));
    const stored = await get<unknown>('theme', settings).catch(() => undefined);
    if (isChoice(stored)) this.#apply(stored);
  }

  /** What a page around asks for; nothing is read or remembered. */
  show(choice: Choice): void {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = query.matches;
    query.onchange = () => (this.#systemDark = query.matches);
    this.#apply(choice);
  }

  get dark(): boolean {
    return this.choice === 'dark' || (this.choice === 'system' && this.#systemDark);
  }

  choose(choice: Choice): void {
    this.#apply(choice);
    // Where storage is refused the choice lasts as long as the page, which needs no message.
    void commit(settings, (objects) => objects.put(choice, 'theme')).catch(() => undefined);
  }

  #apply(choice: Choice): void {
    this.choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  }
}

export const theme = new Theme();
